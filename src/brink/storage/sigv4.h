// Amazon's signature version 4 of a GET, as S3 and those that speak its protocol want it
// (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html). Of our own and not
// libcurl's: 7.88 signs neither sorted queries nor encoded paths right. storage/ only.
#pragma once

#include <ctime>
#include <string>

#include "brink/storage/request.h"

namespace brink::storage {

struct AwsCredentials {
  std::string access_key;  // empty: anonymous
  std::string secret_key;
  std::string session_token;
  std::string region = "us-east-1";
  std::string service = "s3";
};

// Adds the headers of the signature. The URL's path and query are percent-encoded already.
void SignV4(Request& request, const AwsCredentials& credentials, std::time_t now);

}  // namespace brink::storage

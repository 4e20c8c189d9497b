// Buckets of S3 and of what speaks its protocol (MinIO, Ceph, Google's XML API ...). storage/ only.
#pragma once

#include <memory>
#include <string>

#include "brink/storage/sigv4.h"
#include "brink/storage/source.h"

namespace brink::storage {

struct S3Settings {
  AwsCredentials credentials;
  std::string endpoint;     // "https://host:port"; empty: Amazon's of the region
  bool path_style = false;  // the bucket in the path; else in the host's name
  bool verify_tls = true;
  std::string ca_file;  // PEM file of the roots to trust; empty: FetchOptions' or the system's
};

// Of AWS_*, S3_ENDPOINT, S3_USE_HTTPS, S3_VERIFY_SSL, awsAnonymousCredential, as Amazon's tools,
// Seldon and KServe set them; of CA_BUNDLE_*, which KServe sets beside.
S3Settings S3SettingsOf(const FetchOptions& options);

// `path`: an object's key or a folder of keys.
std::unique_ptr<Source> MakeS3Source(S3Settings settings, const std::string& bucket,
                                     const std::string& path);

}  // namespace brink::storage

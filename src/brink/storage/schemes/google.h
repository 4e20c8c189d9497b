// Google Cloud Storage by its JSON API. storage/ only.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "brink/storage/source.h"

namespace brink::storage {

struct GoogleSettings {
  std::string endpoint = "https://storage.googleapis.com";
  std::string key_json;  // a service account's or a user's credentials; empty: anonymous
};

std::unique_ptr<Source> MakeGoogleSource(GoogleSettings settings, const std::string& bucket,
                                         const std::string& path);

// The file that Google's tools write, or an error that names it.
Result<std::string> ReadGoogleKey(const std::string& path);

// A token for reading, from the credentials' token server; kept until shortly before its end.
class GoogleToken {
 public:
  explicit GoogleToken(std::string key_json) : key_json_(std::move(key_json)) {}

  Result<std::string> Get(const FetchOptions& options);

 private:
  Result<Request> MakeRequest() const;

  std::string key_json_;
  std::string token_;
  std::chrono::steady_clock::time_point good_until_;
};

}  // namespace brink::storage

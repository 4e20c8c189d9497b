// The table of URI schemes. storage/ only.
#pragma once

#include <string>
#include <string_view>

#include "brink/storage/storage.h"

namespace brink::storage {

struct Scheme {
  std::string_view name;  // "https"; "" is the plain path
  Result<Fetched> (*fetch)(const std::string& uri, const FetchOptions& options);
};

// The scheme that `uri` begins with, or kUnimplemented naming those that exist.
Result<const Scheme*> FindScheme(std::string_view uri);

Result<Fetched> FetchPath(const std::string& uri, const FetchOptions& options);
Result<Fetched> FetchFileUri(const std::string& uri, const FetchOptions& options);
Result<Fetched> FetchHttp(const std::string& uri, const FetchOptions& options);

}  // namespace brink::storage

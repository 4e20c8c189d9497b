// The table of URI schemes. storage/ only. A scheme opens without the network.
#pragma once

#include <string>
#include <string_view>

#include "brink/storage/source.h"

namespace brink::storage {

struct Scheme {
  std::string_view name;  // "https"; "" is the plain path
  Result<Opened> (*open)(const std::string& uri, const FetchOptions& options);
};

// What `uri` names: rclone's remotes that the environment configures go before the table's schemes.
// kUnimplemented naming those that exist.
Result<Opened> Open(const std::string& uri, const FetchOptions& options);

// The value of an environment variable, else what stands in the file of that name in the folder
// BRINK_SECRETS_DIR (a mounted secret); nothing when it is empty.
std::optional<std::string> Variable(const FetchOptions& options, const std::string& name);
std::string VariableOr(const FetchOptions& options, const std::string& name,
                       const std::string& otherwise);

Result<Opened> OpenPath(const std::string& uri, const FetchOptions& options);
Result<Opened> OpenFileUri(const std::string& uri, const FetchOptions& options);
Result<Opened> OpenPvc(const std::string& uri, const FetchOptions& options);
Result<Opened> OpenHttp(const std::string& uri, const FetchOptions& options);
Result<Opened> OpenHttps(const std::string& uri, const FetchOptions& options);
Result<Opened> OpenS3(const std::string& uri, const FetchOptions& options);
Result<Opened> OpenGs(const std::string& uri, const FetchOptions& options);
Result<Opened> OpenAzureHttps(const std::string& uri, const FetchOptions& options);
Result<Opened> OpenAbfs(const std::string& uri, const FetchOptions& options);
Result<Opened> OpenHf(const std::string& uri, const FetchOptions& options);
Result<Opened> OpenOci(const std::string& uri, const FetchOptions& options);

}  // namespace brink::storage

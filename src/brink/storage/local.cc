// What lies on this machine already: a plain path, and file: (RFC 8089).
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <system_error>
#include <vector>

#include "brink/storage/digest.h"
#include "brink/storage/scheme.h"
#include "brink/storage/uri.h"

namespace brink::storage {

Result<Fetched> FetchPath(const std::string& uri, const FetchOptions& /*options*/) {
  struct stat status {};
  if (stat(uri.c_str(), &status) != 0) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR) {
      return Fail(Code::kNotFound, "no such file or folder");
    }
    return Fail(error == EACCES ? Code::kPermissionDenied : Code::kUnavailable,
                std::system_category().message(error));
  }
  Fetched fetched{.path = uri, .source = uri};
  if (S_ISDIR(status.st_mode)) return fetched;
  if (!S_ISREG(status.st_mode)) {
    return Fail(Code::kInvalidArgument, "neither a regular file nor a folder");
  }
  BRINK_ASSIGN(fetched.sha256, FileSha256(uri));
  return fetched;
}

Result<Fetched> FetchFileUri(const std::string& uri, const FetchOptions& options) {
  std::string_view path = std::string_view(uri).substr(std::string_view("file:").size());
  if (path.starts_with("//")) {
    path.remove_prefix(2);
    const std::string_view host = path.substr(0, path.find('/'));
    if (!host.empty() && host != "localhost") {
      return Fail(Code::kInvalidArgument, "file: URIs name this machine, not the host '" +
                                              std::string(host) + "': want file:///path");
    }
    path.remove_prefix(host.size());
  }
  if (path.empty()) return Fail(Code::kInvalidArgument, "no path in it: want file:///path");
  const std::string decoded = PercentDecoded(path);
  if (decoded.find('\0') != std::string::npos) {
    return Fail(Code::kInvalidArgument, "a path cannot hold a zero byte");
  }
  return FetchPath(decoded, options);
}

}  // namespace brink::storage

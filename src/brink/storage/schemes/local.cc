// What lies on this machine already: a plain path, file: (RFC 8089), pvc: (a claim that Seldon and
// KServe have mounted).
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "brink/base/percent.h"
#include "brink/storage/scheme.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

// Where the operators mount the one claim of a storage initialiser.
constexpr const char* kClaimsAt = "/mnt/pvc";

}  // namespace

Result<Opened> OpenPath(const std::string& uri, const FetchOptions& /*options*/) {
  struct stat status {};
  if (stat(uri.c_str(), &status) != 0) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR) {
      return Fail(Code::kNotFound, "no such file or folder");
    }
    return Fail(error == EACCES ? Code::kPermissionDenied : Code::kUnavailable,
                std::system_category().message(error));
  }
  if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) {
    return Fail(Code::kInvalidArgument, "neither a regular file nor a folder");
  }
  return Opened{.path = uri, .source = nullptr};
}

Result<Opened> OpenFileUri(const std::string& uri, const FetchOptions& options) {
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
  return OpenPath(decoded, options);
}

// pvc://CLAIM/PATH: the operators mount the claim themselves and pass PATH below its place; a URI
// that comes here as it is means the same place.
Result<Opened> OpenPvc(const std::string& uri, const FetchOptions& options) {
  std::string_view rest = std::string_view(uri).substr(std::string_view("pvc:").size());
  if (!rest.starts_with("//") || rest.size() == 2 || rest[2] == '/') {
    return Fail(Code::kInvalidArgument, "want pvc://CLAIM/PATH");
  }
  rest.remove_prefix(2);
  const size_t slash = std::min(rest.find('/'), rest.size());
  const std::string root = VariableOr(options, "BRINK_PVC_ROOT", kClaimsAt);
  Result<Opened> opened = OpenPath(root + std::string(rest.substr(slash)), options);
  if (opened) return opened;
  return Fail(opened.error().Within(root + std::string(rest.substr(slash)) +
                                    " (where the claim should be mounted)"));
}

}  // namespace brink::storage

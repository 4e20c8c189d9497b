#include "brink/base/descriptor.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace brink {
namespace {

Code CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Code::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Code::kResourceExhausted;
    case EINVAL:
    case EISDIR:
    case ENAMETOOLONG:
      return Code::kInvalidArgument;
    default:
      return Code::kUnavailable;
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (descriptor_ >= 0) close(descriptor_);
}

tl::unexpected<Error> FailErrno(const std::string& path, const char* action, int error) {
  return Fail(CodeOf(error),
              path + ": cannot " + action + ": " + std::system_category().message(error));
}

}  // namespace brink

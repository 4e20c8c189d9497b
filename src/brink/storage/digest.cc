#include "brink/storage/digest.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <system_error>

#include "brink/base/sha256.h"

namespace brink::storage {

Result<std::string> FileSha256(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const auto closer = [](const int* fd) { close(*fd); };
  const std::unique_ptr<const int, decltype(closer)> owner(descriptor < 0 ? nullptr : &descriptor,
                                                           closer);
  std::array<std::byte, size_t{64} << 10> piece;
  Sha256 digest;
  ssize_t got = -1;
  while (descriptor >= 0 && (got = read(descriptor, piece.data(), piece.size())) != 0) {
    if (got < 0 && errno != EINTR) break;
    if (got > 0) digest.Update(std::span(piece.data(), static_cast<size_t>(got)));
  }
  if (got == 0) return digest.HexDigest();
  const int error = errno;
  const Code code = error == EACCES   ? Code::kPermissionDenied
                    : error == ENOENT ? Code::kNotFound
                                      : Code::kUnavailable;
  return Fail(code, std::system_category().message(error));
}

}  // namespace brink::storage

#include "brink/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "brink/base/descriptor.h"

namespace brink {
namespace {

struct OpenFile {
  Descriptor descriptor{-1};
  size_t size = 0;
  FileIdentity identity;
};

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileIdentity IdentityOf(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .bytes = static_cast<uint64_t>(status.st_size),
          .modified_ns = Nanoseconds(status.st_mtim),
          .changed_ns = Nanoseconds(status.st_ctim)};
}

Result<OpenFile> OpenRegular(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer; regular files do not heed it.
  Descriptor descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) return FailErrno(path, "open", errno);
  struct stat status {};
  if (fstat(descriptor.get(), &status) != 0) return FailErrno(path, "stat", errno);
  if (S_ISDIR(status.st_mode)) {
    return Fail(Code::kInvalidArgument, path + ": is a directory, a file is expected");
  }
  if (!S_ISREG(status.st_mode)) {
    return Fail(Code::kInvalidArgument, path + ": is not a regular file");
  }
  return OpenFile{std::move(descriptor), static_cast<size_t>(status.st_size), IdentityOf(status)};
}

template <class Bytes>
Result<Bytes> ReadWhole(const std::string& path, size_t limit_bytes) {
  BRINK_ASSIGN(const OpenFile file, OpenRegular(path));
  Bytes bytes;
  // Files of /proc say that they have no bytes: read until the end, whatever fstat said.
  const size_t expected = file.size == 0 ? 4095 : file.size;
  size_t used = 0;
  bytes.resize(std::min(expected, limit_bytes) + 1);
  for (;;) {
    const ssize_t got = read(file.descriptor.get(), bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno(path, "read", errno);
    if (got == 0) break;
    used += static_cast<size_t>(got);
    if (used > limit_bytes) {
      return Fail(Code::kResourceExhausted,
                  path + ": longer than the limit of " + std::to_string(limit_bytes) + " bytes");
    }
    if (used == file.size) break;  // the byte behind was asked for as well
    if (used == bytes.size()) bytes.resize(2 * used);
  }
  bytes.resize(used);
  return bytes;
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status SyncDirectory(const std::string& directory) {
  Descriptor descriptor(open(directory.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (descriptor.get() < 0) return FailErrno(directory, "open", errno);
  // Some file systems cannot flush a directory and say EINVAL: nothing more can be done there.
  if (fsync(descriptor.get()) != 0 && errno != EINVAL) return FailErrno(directory, "flush", errno);
  return {};
}

// A name beside `path` that no other writer, thread or process, has: O_EXCL decides, the number
// only makes clashes rare.
std::string TemporaryName(const std::string& path) {
  static std::atomic<unsigned> number{0};
  return path + ".tmp-" + std::to_string(getpid()) + "-" + std::to_string(number++);
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::Open(const std::string& path) {
  BRINK_ASSIGN(const OpenFile file, OpenRegular(path));
  std::span<const std::byte> bytes;
  if (file.size > 0) {
    void* address = mmap(nullptr, file.size, PROT_READ, MAP_SHARED, file.descriptor.get(), 0);
    if (address == MAP_FAILED) return FailErrno(path, "map", errno);
    bytes = {static_cast<const std::byte*>(address), file.size};
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(bytes, file.identity));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Result<std::vector<std::byte>> ReadFile(const std::string& path, size_t limit_bytes) {
  return ReadWhole<std::vector<std::byte>>(path, limit_bytes);
}

Result<std::string> ReadTextFile(const std::string& path, size_t limit_bytes) {
  return ReadWhole<std::string>(path, limit_bytes);
}

Result<AtomicFile> AtomicFile::Create(const std::string& path) {
  constexpr int kAttempts = 1000;  // names that dead processes left behind are passed over
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string temporary = TemporaryName(path);
    const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return AtomicFile(descriptor, path, std::move(temporary));
    if (errno != EEXIST) break;
  }
  return FailErrno(path, "create a temporary file beside it", errno);
}

AtomicFile::AtomicFile(int descriptor, std::string path, std::string temporary)
    : descriptor_(descriptor), path_(std::move(path)), temporary_(std::move(temporary)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this == &other) return *this;
  Discard();
  descriptor_ = std::exchange(other.descriptor_, -1);
  path_ = std::move(other.path_);
  temporary_ = std::move(other.temporary_);
  return *this;
}

AtomicFile::~AtomicFile() { Discard(); }

void AtomicFile::Discard() {
  if (descriptor_ < 0) return;
  close(std::exchange(descriptor_, -1));
  unlink(temporary_.c_str());
}

Status AtomicFile::Append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = write(descriptor_, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return FailErrno(temporary_, "write", errno);
    bytes = bytes.subspan(static_cast<size_t>(wrote));
  }
  return {};
}

Status AtomicFile::Commit() { return CommitAs(path_); }

Status AtomicFile::CommitAs(const std::string& path) {
  if (fsync(descriptor_) != 0) return FailErrno(temporary_, "flush", errno);
  path_ = path;
  BRINK_TRY(CommitUnflushed());
  return SyncDirectory(DirectoryOf(path));
}

Status AtomicFile::CommitUnflushed() {
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return FailErrno(path_, "replace", errno);
  close(std::exchange(descriptor_, -1));
  return {};
}

Status WriteFile(const std::string& path, std::span<const std::byte> bytes) {
  BRINK_ASSIGN(AtomicFile file, AtomicFile::Create(path));
  BRINK_TRY(file.Append(bytes));
  return file.Commit();
}

}  // namespace brink

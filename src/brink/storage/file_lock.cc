#include "brink/storage/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace brink::storage {
namespace {

constexpr std::chrono::milliseconds kBetweenTries{50};

int Open(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY);
  if (folder >= 0) return folder;
  return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
}

enum class Outcome { kLocked, kBusy };

Outcome TryLock(int descriptor, FileLock::Kind kind) {
  const int operation = kind == FileLock::Kind::kShared ? LOCK_SH : LOCK_EX;
  int locked = -1;
  do {
    locked = flock(descriptor, operation | LOCK_NB);
  } while (locked != 0 && errno == EINTR);
  return locked != 0 && errno == EWOULDBLOCK ? Outcome::kBusy : Outcome::kLocked;
}

}  // namespace

Result<FileLock> FileLock::Wait(const std::string& path, Kind kind,
                                const std::atomic<bool>* cancelled) {
  const int descriptor = Open(path);
  if (descriptor < 0) {
    return Fail(Code::kPermissionDenied,
                path + ": cannot lock: " + std::system_category().message(errno));
  }
  FileLock lock(descriptor);
  while (TryLock(descriptor, kind) == Outcome::kBusy) {
    if (cancelled != nullptr && *cancelled) return Fail(Code::kCancelled, "cancelled");
    std::this_thread::sleep_for(kBetweenTries);
  }
  return lock;
}

std::optional<FileLock> FileLock::Try(const std::string& path, Kind kind) {
  const int descriptor = Open(path);
  if (descriptor < 0) return std::nullopt;
  FileLock lock(descriptor);
  if (TryLock(descriptor, kind) == Outcome::kBusy) return std::nullopt;
  return lock;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool FileLock::StillNames(const std::string& path) const {
  struct stat held {};
  struct stat named {};
  return fstat(descriptor_, &held) == 0 && stat(path.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

}  // namespace brink::storage

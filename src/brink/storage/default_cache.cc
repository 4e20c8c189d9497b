#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "brink/storage/storage.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;

bool CanWrite(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  return !error && access(folder.c_str(), W_OK | X_OK) == 0;
}

// In a folder that everybody may write, another user may have been first.
bool IsOurs(const fs::path& folder) {
  struct stat status {};
  return lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

Result<std::string> DefaultCacheDir() {
  std::vector<fs::path> candidates;
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (xdg != nullptr && xdg[0] == '/') candidates.push_back(fs::path(xdg) / "brink");
  if (home != nullptr && home[0] == '/') candidates.push_back(fs::path(home) / ".cache" / "brink");
  candidates.emplace_back("/var/cache/brink");
  for (const fs::path& candidate : candidates) {
    if (CanWrite(candidate)) return candidate.string();
  }
  const fs::path shared = "/tmp/brink-" + std::to_string(geteuid());
  mkdir(shared.c_str(), 0700);
  if (IsOurs(shared) && CanWrite(shared)) return shared.string();
  return Fail(Code::kPermissionDenied, "no folder for downloads can be written (tried " +
                                           candidates.front().string() + " ... " + shared.string() +
                                           "): name one with --cache or BRINK_CACHE");
}

}  // namespace brink::storage

// Keeps a cache within its bytes.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "brink/base/log.h"
#include "brink/storage/cache.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;

// A folder of objects/, trees/ or packed/, removed as a whole.
struct Piece {
  fs::path path;
  fs::file_time_type used;
  std::vector<std::pair<ino_t, int64_t>> files;
};

Piece Measure(const fs::path& folder) {
  Piece piece{.path = folder, .used = {}, .files = {}};
  std::error_code error;
  piece.used = fs::last_write_time(folder, error);
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    struct stat status {};
    if (lstat(it->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    piece.files.emplace_back(status.st_ino, status.st_size);
  }
  return piece;
}

std::vector<Piece> Pieces(const std::string& dir) {
  std::vector<Piece> pieces;
  for (const char* part : {"objects", "trees", "packed"}) {
    std::error_code error;
    for (fs::directory_iterator it(fs::path(dir) / part, error), end; !error && it != end;
         it.increment(error)) {
      pieces.push_back(Measure(it->path()));
    }
  }
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.used < b.used; });
  return pieces;
}

}  // namespace

int64_t CollectGarbage(const std::string& dir, int64_t bytes) {
  const auto alone = FileLock::Try(dir + "/lock", FileLock::Kind::kExclusive);
  const std::vector<Piece> pieces = Pieces(dir);
  // A file may have names in several folders: its bytes are free when the last is gone.
  std::map<ino_t, int> names;
  int64_t total = 0;
  for (const Piece& piece : pieces) {
    for (const auto& [inode, size] : piece.files) total += names[inode]++ == 0 ? size : 0;
  }
  if (!alone) return total;
  for (const Piece& piece : pieces) {
    if (total <= bytes) break;
    const auto unused = FileLock::Try(piece.path, FileLock::Kind::kExclusive);
    if (!unused) continue;
    std::error_code error;
    fs::remove_all(piece.path, error);
    if (error) continue;
    for (const auto& [inode, size] : piece.files) total -= --names[inode] == 0 ? size : 0;
    log::Info("removed from the cache", {{"path", piece.path.string()}, {"left_bytes", total}});
  }
  return total;
}

}  // namespace brink::storage

// Folders of the cache: every object of a URI under its name.
#include <unistd.h>

#include <filesystem>

#include "brink/base/sha256.h"
#include "brink/storage/archive.h"
#include "brink/storage/cache.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;

std::string KeyOf(const Manifest& manifest) {
  Sha256 digest;
  for (const CacheEntry& entry : manifest.entries) {
    digest.Update(entry.name + "\n" + entry.sha256 + "\n" + (entry.unpack ? "u" : "f") + "\n" +
                  entry.only_below + "\n");
  }
  return digest.HexDigest();
}

Status Link(const std::string& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (!error) fs::create_hard_link(from, to, error);
  if (error) {
    error.clear();
    fs::copy_file(from, to, error);
  }
  if (!error) return {};
  return Fail(Code::kPermissionDenied, to.string() + ": cannot make: " + error.message());
}

Status Fill(const Cache& cache, const Manifest& manifest, const fs::path& folder,
            const FetchOptions& options) {
  for (const CacheEntry& entry : manifest.entries) {
    const std::string path = cache.PathOf(entry);
    if (!entry.unpack) {
      BRINK_TRY(Link(path, folder / entry.name));
      continue;
    }
    const auto files = Unpack(path, folder,
                              {.only_below = entry.only_below,
                               .max_bytes = options.max_bytes,
                               .max_entries = options.max_files,
                               .cancelled = options.cancelled});
    if (!files) return Fail(files.error().Within(entry.name));
  }
  return {};
}

}  // namespace

Result<std::string> PathOfAll(const Cache& cache, const Manifest& manifest,
                              const FetchOptions& options) {
  const bool single = manifest.entries.size() == 1 && !manifest.entries[0].unpack &&
                      manifest.entries[0].name.find('/') == std::string::npos;
  if (single) return cache.PathOf(manifest.entries[0]);
  const fs::path tree = fs::path(cache.dir()) / "trees" / KeyOf(manifest);
  std::error_code error;
  if (fs::is_directory(tree, error)) {
    fs::last_write_time(tree, fs::file_time_type::clock::now(), error);
    return tree.string();
  }
  std::string made = cache.dir() + "/tmp/tree-XXXXXX";
  if (mkdtemp(made.data()) == nullptr) {
    return Fail(Code::kPermissionDenied, made + ": cannot make the folder");
  }
  fs::permissions(made, fs::perms(0755), error);
  const Status filled = Fill(cache, manifest, made, options);
  if (filled) fs::rename(made, tree, error);
  // Another process may have been faster; its tree holds the same.
  if (!filled || error) fs::remove_all(made, error);
  if (!filled) return Fail(filled.error());
  if (fs::is_directory(tree, error)) return tree.string();
  return Fail(Code::kPermissionDenied, tree.string() + ": cannot make the folder");
}

}  // namespace brink::storage

// Any bytes as an archive: nothing but plain files below the folder, within the limits.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "brink/storage/archive.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fs = std::filesystem;
  static const std::string root = [] {
    // In memory where that is possible: each file is flushed.
    const fs::path parent =
        fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
    std::string name = (parent / "brink-archive-fuzz-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }();
  const int file = memfd_create("archive", MFD_CLOEXEC);
  if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  const std::string folder = root + "/in";
  fs::create_directory(folder);
  constexpr uint64_t kMostBytes = 1 << 20;
  (void)brink::storage::Unpack("/proc/self/fd/" + std::to_string(file), folder,
                               {.max_bytes = kMostBytes, .max_entries = 100});
  close(file);
  uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory() && !entry.is_regular_file()) std::abort();
    if (entry.is_symlink()) std::abort();
    if (entry.is_regular_file() && entry.hard_link_count() == 1) bytes += entry.file_size();
  }
  if (bytes > kMostBytes) std::abort();
  fs::remove_all(folder);
  for (const auto& entry : fs::directory_iterator(root)) {
    (void)entry;
    std::abort();  // something left the folder
  }
  return 0;
}

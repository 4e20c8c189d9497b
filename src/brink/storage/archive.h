// Archives of models: tar, tar.gz, tar.zst, zip. What an archive says is hostile: nothing leaves
// the folder, nothing but plain files appears, bytes and entries are bounded. storage/ only.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "brink/base/result.h"

namespace brink::storage {

struct UnpackOptions {
  std::string only_below;  // not empty: only the files below this folder, without its name
  uint64_t max_bytes = uint64_t{8} << 30;  // of all files together; more is kResourceExhausted
  int64_t max_entries = 20'000;            // the same
  bool hard_links = true;  // false: links become copies, as where the file system has no others
  const std::atomic<bool>* cancelled = nullptr;
};

// Writes the files of `archive` below `folder`, which is empty, ours alone, and there. Links to
// files of the archive become those files, and where they have to be copied count like files; a
// link or a name that leads out of it is kDataLoss, and so is a broken archive. Each file is
// flushed. Returns the number of files.
Result<int64_t> Unpack(const std::string& archive, const std::string& folder,
                       const UnpackOptions& options);

}  // namespace brink::storage

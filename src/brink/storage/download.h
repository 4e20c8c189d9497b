// One object comes here whole, whatever the link does: it goes on where it broke, in parts over
// several connections where the server can, never mixing two versions. storage/ only.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "brink/storage/partial_file.h"
#include "brink/storage/source.h"

namespace brink::storage {

struct DownloadTask {
  Source* source = nullptr;
  const Item* item = nullptr;
  PartialFile* file = nullptr;
  Version known;                // not empty: the content is wanted only if it is another
  void* connections = nullptr;  // a CURLM whose open connections are used again; may be null
  std::string wanted_sha256;    // other content is kDataLoss; empty: any
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::function<void(int64_t bytes, int64_t total)>
      on_progress;  // of this object; total -1: unknown
};

struct Downloaded {
  bool not_modified = false;  // `known` still is what the source has: nothing was written
  Version version;
  std::string sha256;
};

// The bytes are in task.file, digest checked, not yet flushed. After an error what has come stays
// for the next attempt. Errors give the cause without the URL, and never a credential.
Result<Downloaded> Download(const DownloadTask& task, const FetchOptions& options);

}  // namespace brink::storage

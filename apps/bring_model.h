// A model's URI becomes a .tflite file on this machine, as the configuration says.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "brink/base/result.h"
#include "brink/storage/storage.h"
#include "config.h"

namespace brink::apps {

struct ModelFile {
  std::string path;
  std::string sha256;  // hex, of the file at `path`; empty: not known yet
  std::string source;  // the URI that was read, fit to be shown
  bool from_cache = false;
  std::shared_ptr<void> lease;  // keeps the cache's collector away from the file
};

// What the configuration says of fetching.
Result<storage::FetchOptions> FetchOptionsOf(const Config& config);

// Fetches `uri` with a progress bar on a terminal; of a folder, takes the first *.tflite by name.
// What came over the network is logged with its SHA-256.
Result<ModelFile> BringModel(const std::string& uri, const Config& config,
                             const std::atomic<bool>* cancelled = nullptr);

}  // namespace brink::apps

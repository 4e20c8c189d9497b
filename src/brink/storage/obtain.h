// All objects of a source come into the cache. storage/ only.
#pragma once

#include <chrono>
#include <string>

#include "brink/storage/cache.h"
#include "brink/storage/source.h"

namespace brink::storage {

struct Obtained {
  Manifest manifest;
  bool from_cache = false;  // nothing was downloaded
};

// Lists `source`, which is what `uri` names, and downloads what is not there. Every content of the
// manifest is in the cache afterwards.
Result<Obtained> Obtain(const std::string& uri, Source& source, const Cache& cache,
                        const FetchOptions& options,
                        std::chrono::steady_clock::time_point deadline);

}  // namespace brink::storage

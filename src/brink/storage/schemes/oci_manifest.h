// Manifests of registries: which blobs hold the model. storage/ only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"
#include "brink/storage/source.h"

namespace brink::storage {

struct OciManifest {
  std::string go_on_with;   // an index: the digest of the manifest to read instead
  std::vector<Item> items;  // key: the blob's digest
};

// Layers with a title are files, or folders where they say so (ORAS); of an image without titles it
// is what lies below "models" (KServe's modelcars). Of an index the manifest for `architecture`, or
// the first.
Result<OciManifest> ParseOciManifest(std::string_view json, std::string_view architecture);

}  // namespace brink::storage

// What a URI means after the rules of the site: mirrors, allowed prefixes, a digest in its
// fragment. storage/ only.
#pragma once

#include <optional>
#include <string>

#include "brink/storage/storage.h"

namespace brink::storage {

struct Rewritten {
  std::string uri;
  bool mirrored = false;
  std::optional<std::string> sha256;  // of "#sha256=HEX"
};

// Errors name the URI where it can be shown.
Result<Rewritten> Rewrite(const std::string& uri, const FetchOptions& options);

}  // namespace brink::storage

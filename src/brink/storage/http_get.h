// One GET over HTTP(S): redirects bounded, stalls noticed, errors told apart. storage/ only;
// libcurl stays in the .cc.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "brink/base/result.h"
#include "brink/storage/storage.h"

namespace brink::storage {

struct HttpGet {
  std::string url;
  std::string etag;  // not empty: the content is wanted only if it is another (If-None-Match)
  std::string last_modified;  // the same by date (If-Modified-Since)
  // Takes the body piece by piece; an error ends the transfer.
  std::function<Status(std::span<const std::byte>)> sink;
};

struct HttpGot {
  bool not_modified = false;  // 304: the sink got nothing
  std::string etag;
  std::string last_modified;
};

// Errors give the cause without the URL, and never a credential.
Result<HttpGot> Get(const HttpGet& request, const FetchOptions& options);

}  // namespace brink::storage

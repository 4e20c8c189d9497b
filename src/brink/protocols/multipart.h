// multipart/form-data (RFC 7578): a form whose fields may be files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"

namespace brink::protocols {

struct Part {
  std::string name;
  bool file = false;          // it has a filename
  std::string_view contents;  // into the body
};

// The `boundary` parameter of a Content-Type, quotes removed; empty where there is none.
std::string BoundaryOf(std::string_view content_type);

// The parts in the body's order. Lines may end in CRLF or LF, as clients have it. A body without
// its closing boundary, a part without a name and too many parts are errors. `body` outlives the
// result.
Result<std::vector<Part>> ParseMultipart(std::string_view body, std::string_view boundary);

}  // namespace brink::protocols

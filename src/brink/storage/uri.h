// The few parts of a URI (RFC 3986) that storage looks at.
#pragma once

#include <string>
#include <string_view>

namespace brink::storage {

// The scheme in lower case, without ':'; "" for a plain path. A path that has a ':' behind its
// first '/' is a path.
std::string SchemeOf(std::string_view uri);

// Everything but letters, digits, '-', '.', '_', '~' and what `keep` holds as %XX, in capitals.
std::string PercentEncoded(std::string_view text, std::string_view keep);

// "scheme://authority/path?query#fragment" cut up; nothing is decoded.
struct UriParts {
  std::string scheme;     // lower case
  std::string authority;  // may hold a user
  std::string path;       // without the '/' behind the authority
  std::string query;      // without '?'
};
UriParts SplitUri(std::string_view uri);

// A file name for what an http(s) URI names: its last path segment with anything but letters,
// digits, '.', '_' and '-' replaced by '_'; "model" when it has none. At most 100 characters, never
// hidden.
std::string FileNameOf(std::string_view uri);

}  // namespace brink::storage

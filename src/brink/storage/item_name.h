// Names that come from outside and become files here. storage/ only.
#pragma once

#include <string>
#include <string_view>

#include "brink/base/result.h"

namespace brink::storage {

// A relative path without "", "." and ".." parts and without control characters, no part longer
// than a file system bears.
bool IsSafeName(std::string_view name);

// Whether the name says that it is an archive that can be unpacked: .tar, .tar.gz, .tgz, .tar.zst,
// .tzst, .zip.
bool IsArchiveName(std::string_view name);

// The last part of a path or object key, made safe; "model" for nothing.
std::string LastPartOf(std::string_view key);

}  // namespace brink::storage

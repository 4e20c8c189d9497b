// The SHA-256 of a file, whatever its size. storage/ only.
#pragma once

#include <string>

#include "brink/base/result.h"

namespace brink::storage {

// Hex, lower case. Reads the file in pieces; errors give the reason without the path.
Result<std::string> FileSha256(const std::string& path);

}  // namespace brink::storage

// rclone's remotes as Seldon passes them: "NAME:PATH", what NAME is stands in
// RCLONE_CONFIG_<NAME>_<KEY>. storage/ only.
#pragma once

#include <optional>
#include <string>

#include "brink/storage/source.h"

namespace brink::storage {

// Whether the environment configures a remote of the name that `uri` begins with.
bool IsRcloneRemote(const std::string& uri, const FetchOptions& options);
Result<Opened> OpenRclone(const std::string& uri, const FetchOptions& options);

// The plain text of what `rclone obscure` gave; nothing for what is none.
std::optional<std::string> RevealRclone(const std::string& obscured);

// Runs `rclone copy URI FOLDER` of a binary in PATH; the folder goes with Opened::keep.
Result<Opened> RunRclone(const std::string& uri, const std::string& type,
                         const FetchOptions& options);

}  // namespace brink::storage

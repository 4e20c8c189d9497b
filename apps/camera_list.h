// Several cameras, from a YAML file (docs/camera.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"
#include "watch.h"

namespace brink::apps {

// {"cameras": [{"source": ..., "name": ..., ...}]}: each camera is `common` with what its entry
// says; a folder for pictures or clips that is common gets one of its own for each. Names are all
// different. kInvalidArgument names the line and the key.
Result<std::vector<WatchOptions>> ParseCameraList(std::string_view yaml,
                                                  const WatchOptions& common);
// The list in a file; errors name the path.
Result<std::vector<WatchOptions>> ReadCameraList(const std::string& path,
                                                 const WatchOptions& common);

}  // namespace brink::apps

// The sinks that need no more than a few words to be made.
#pragma once

#include <memory>
#include <string>

#include "brink/camera/sink.h"

namespace brink::camera {

// A JSON object a frame and line, appended to a file; "-" is standard output. A reader that went
// away is kCancelled.
Result<std::unique_ptr<Sink>> MakeJsonLines(const std::string& path);

// Annotated pictures: into a folder, one JPEG a frame, named as the frame's file or by its number,
// the oldest removed beyond `limit_bytes` in all; or, for a path that ends with .jpg or .png, into
// one file that always is the newest. The folder is made where it is not there.
Result<std::unique_ptr<Sink>> MakePictures(const std::string& path, uint64_t limit_bytes);

}  // namespace brink::camera

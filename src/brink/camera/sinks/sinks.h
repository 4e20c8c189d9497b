// The sinks that need no more than a few words to be made.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "brink/camera/sink.h"

namespace brink::camera {

// A JSON object a frame and line, appended to a file; "-" is standard output. A reader that went
// away is kCancelled. Several cameras that write to one path share `turn`, so that lines stay
// whole.
Result<std::unique_ptr<Sink>> MakeJsonLines(const std::string& path,
                                            std::shared_ptr<std::mutex> turn = nullptr);

// Annotated pictures: into a folder, one JPEG a frame, named as the frame's file or by its number,
// the oldest removed beyond `limit_bytes` in all; or, for a path that ends with .jpg or .png, into
// one file that always is the newest. The folder is made where it is not there.
Result<std::unique_ptr<Sink>> MakePictures(const std::string& path, uint64_t limit_bytes);

// Annotated pictures as a film, `path` ending in .avi, then "path.2.avi" and so on: motion JPEG
// that is begun anew after a quarter of `limit_bytes` (at most 1 GiB) or when the pictures' size
// changes; the oldest files go when all are beyond the limit. What is there already counts, and is
// not written over. Its pace is that of its pictures, pauses of more than two seconds cut. Its
// folder is to be there.
Result<std::unique_ptr<Sink>> MakeFilm(const std::string& path, uint64_t limit_bytes);

struct ClipOptions {
  std::string folder;
  uint64_t limit_bytes = uint64_t{1} << 30;   // of all files: the oldest go first
  std::chrono::milliseconds pre_roll{3000};   // what a clip shows before its event
  std::chrono::milliseconds post_roll{2000};  // and after
  std::chrono::milliseconds longest{60'000};  // then a clip ends and the next one begins
  double fps = 5;                             // at most so many pictures a second
  int width = 640;                            // wider ones are shrunk
};

// For each event "start" an annotated snapshot, ID.jpg by the event's id as FileName has it, and a
// clip that began before it, ID.avi by the id of its first event: written when all that it shows
// has ended. What waits in memory is bounded by `pre_roll`, `longest` and 64 MiB. The folder is
// made where it is not there.
Result<std::unique_ptr<Sink>> MakeClips(const ClipOptions& options);

// An id as a file's name: what is not a letter, a digit, '-' or '_' becomes '_'.
std::string FileName(const std::string& id);

}  // namespace brink::camera

// A film that grows on the disk, picture by picture. At any time it is one that players show: its
// head is written again every second, so that a process that is killed leaves at most the last
// second untold (and no index, which players make up for).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "brink/base/result.h"
#include "brink/camera/sinks/avi.h"

namespace brink::camera {

// One thread at a time.
class AviFile {
 public:
  // Makes the file. kAlreadyExists where one of that name is there: none is written over.
  static Result<std::unique_ptr<AviFile>> Create(const std::string& path, int width, int height);
  ~AviFile();  // as Finish
  AviFile(const AviFile&) = delete;
  AviFile& operator=(const AviFile&) = delete;

  // `fps` is the pace of all pictures so far. After a failure (no room on the disk) the film is
  // what it was, and the next picture may fit. kResourceExhausted beyond kLongestAvi.
  Status Add(std::string_view jpeg, double fps);
  // Writes the index and closes the file. Without room for it the film ends without.
  Status Finish();

  const std::string& path() const { return path_; }
  int width() const { return options_.width; }
  int height() const { return options_.height; }
  uint64_t frames() const { return counts_.frames; }
  uint64_t bytes() const;  // once it is finished
  // What a picture adds to that.
  static uint64_t BytesOf(std::string_view jpeg) { return jpeg.size() + jpeg.size() % 2 + 8 + 16; }

 private:
  AviFile(std::string path, int descriptor, const AviOptions& options);
  Status WriteAt(uint64_t place, std::string_view bytes);
  Status WriteHead();
  uint64_t end() const { return head_bytes_ + counts_.picture_bytes; }

  const std::string path_;
  int descriptor_;
  AviOptions options_;
  AviCounts counts_;
  uint64_t head_bytes_ = 0;
  std::string index_;
  std::string chunk_;
  std::chrono::steady_clock::time_point head_written_{};
};

}  // namespace brink::camera

// Motion JPEG as a film that every player shows: AVI 1.0 (Microsoft's "AVI RIFF File Reference")
// with one video stream and an index. A file is AviHead, its pictures, AviIndex.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "brink/base/result.h"

namespace brink::camera {

struct AviOptions {
  int width = 0;  // of each picture
  int height = 0;
  double fps = 5;  // above 0
};

constexpr uint64_t kLongestAvi = uint64_t{1} << 31;  // bytes that every player takes

// What a file's head says of what follows.
struct AviCounts {
  uint64_t frames = 0;
  uint64_t largest = 0;        // bytes of a picture
  uint64_t picture_bytes = 0;  // of all, with what stands before each
  bool has_index = false;      // without, a player finds the pictures by going through them

  uint64_t index_bytes() const { return 16 * frames; }
};

// What stands before the pictures: as long, whatever the counts are.
std::string AviHead(const AviOptions& options, const AviCounts& counts);
// Appends a picture, and its entry in the index, and counts it.
void AppendAviPicture(std::string& out, std::string& index, std::string_view jpeg,
                      AviCounts& counts);
// What stands behind the pictures.
std::string AviIndex(const std::string& index);

// The whole file. kResourceExhausted where it would be longer than kLongestAvi.
Result<std::string> MakeAvi(std::span<const std::string> jpegs, const AviOptions& options);

}  // namespace brink::camera

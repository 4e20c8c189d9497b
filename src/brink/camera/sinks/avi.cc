#include "brink/camera/sinks/avi.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace brink::camera {
namespace {

constexpr uint64_t kLongest = uint64_t{1} << 31;
constexpr uint32_t kHasIndex = 0x10;
constexpr uint32_t kKeyFrame = 0x10;

void Number(std::string& out, uint64_t value, int bytes = 4) {
  for (int k = 0; k < bytes; ++k) out += static_cast<char>(value >> (8 * k) & 0xff);
}

// A name of four letters, a length, the bytes, made even.
std::string Chunk(const char* name, const std::string& bytes) {
  std::string chunk = name;
  Number(chunk, bytes.size());
  chunk += bytes;
  if (bytes.size() % 2 == 1) chunk += '\0';
  return chunk;
}

std::string List(const char* name, const std::string& chunks) {
  return Chunk("LIST", name + chunks);
}

std::string MainHeader(const AviOptions& options, size_t frames, size_t largest) {
  std::string header;
  Number(header, std::lround(1e6 / options.fps));
  Number(header, static_cast<uint64_t>(static_cast<double>(largest) * options.fps));
  Number(header, 0);
  Number(header, kHasIndex);
  Number(header, frames);
  Number(header, 0);
  Number(header, 1);  // streams
  Number(header, largest);
  Number(header, options.width);
  Number(header, options.height);
  header.append(16, '\0');
  return Chunk("avih", header);
}

std::string StreamHeader(const AviOptions& options, size_t frames, size_t largest) {
  std::string header = "vidsMJPG";
  header.append(12, '\0');  // flags, priority, language, initial frames
  Number(header, 1000);
  Number(header, std::lround(options.fps * 1000));
  Number(header, 0);
  Number(header, frames);
  Number(header, largest);
  Number(header, 0xffffffff);  // quality: unknown
  Number(header, 0);
  Number(header, 0, 2);
  Number(header, 0, 2);
  Number(header, options.width, 2);
  Number(header, options.height, 2);
  return Chunk("strh", header);
}

std::string StreamFormat(const AviOptions& options) {  // a BITMAPINFOHEADER
  std::string format;
  Number(format, 40);
  Number(format, options.width);
  Number(format, options.height);
  Number(format, 1, 2);
  Number(format, 24, 2);
  format += "MJPG";
  Number(format, uint64_t{3} * static_cast<uint64_t>(options.width) *
                     static_cast<uint64_t>(options.height));
  format.append(16, '\0');
  return Chunk("strf", format);
}

}  // namespace

Result<std::string> MakeAvi(std::span<const std::string> jpegs, const AviOptions& options) {
  uint64_t bytes = 4096;
  size_t largest = 0;
  for (const std::string& jpeg : jpegs) {
    bytes += jpeg.size() + 32;
    largest = std::max(largest, jpeg.size());
  }
  if (bytes >= kLongest) {
    return Fail(Code::kResourceExhausted, "a clip of " + std::to_string(bytes) + " bytes");
  }
  std::string movie;
  std::string index;
  for (const std::string& jpeg : jpegs) {
    index += "00dc";
    Number(index, kKeyFrame);
    Number(index, movie.size() + 4);  // from the list's name
    Number(index, jpeg.size());
    movie += Chunk("00dc", jpeg);
  }
  const std::string stream = StreamHeader(options, jpegs.size(), largest) + StreamFormat(options);
  const std::string headers =
      List("hdrl", MainHeader(options, jpegs.size(), largest) + List("strl", stream));
  return Chunk("RIFF", "AVI " + headers + List("movi", movie) + Chunk("idx1", index));
}

}  // namespace brink::camera

#include "brink/camera/sinks/avi.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace brink::camera {
namespace {

constexpr uint32_t kHasIndex = 0x10;
constexpr uint32_t kKeyFrame = 0x10;
constexpr uint64_t kIndexHeadBytes = 8;

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

std::string MainHeader(const AviOptions& options, const AviCounts& counts) {
  std::string header;
  Number(header, std::lround(1e6 / options.fps));
  Number(header, static_cast<uint64_t>(static_cast<double>(counts.largest) * options.fps));
  Number(header, 0);
  Number(header, counts.has_index ? kHasIndex : 0);
  Number(header, counts.frames);
  Number(header, 0);
  Number(header, 1);  // streams
  Number(header, counts.largest);
  Number(header, options.width);
  Number(header, options.height);
  header.append(16, '\0');
  return Chunk("avih", header);
}

std::string StreamHeader(const AviOptions& options, const AviCounts& counts) {
  std::string header = "vidsMJPG";
  header.append(12, '\0');  // flags, priority, language, initial frames
  Number(header, 1000);
  Number(header, std::lround(options.fps * 1000));
  Number(header, 0);
  Number(header, counts.frames);
  Number(header, counts.largest);
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

std::string AviHead(const AviOptions& options, const AviCounts& counts) {
  const std::string stream = StreamHeader(options, counts) + StreamFormat(options);
  std::string begin =
      "AVI " + List("hdrl", MainHeader(options, counts) + List("strl", stream)) + "LIST";
  Number(begin, 4 + counts.picture_bytes);
  begin += "movi";
  std::string head = "RIFF";
  const uint64_t index_bytes = counts.has_index ? kIndexHeadBytes + counts.index_bytes() : 0;
  Number(head, begin.size() + counts.picture_bytes + index_bytes);
  return head + begin;
}

void AppendAviPicture(std::string& out, std::string& index, std::string_view jpeg,
                      AviCounts& counts) {
  const size_t began = out.size();
  index += "00dc";
  Number(index, kKeyFrame);
  Number(index, 4 + counts.picture_bytes);  // from the list's name
  Number(index, jpeg.size());
  out += "00dc";
  Number(out, jpeg.size());
  out += jpeg;
  if (jpeg.size() % 2 == 1) out += '\0';
  ++counts.frames;
  counts.largest = std::max<uint64_t>(counts.largest, jpeg.size());
  counts.picture_bytes += out.size() - began;
}

std::string AviIndex(const std::string& index) { return Chunk("idx1", index); }

Result<std::string> MakeAvi(std::span<const std::string> jpegs, const AviOptions& options) {
  uint64_t bytes = 4096;
  for (const std::string& jpeg : jpegs) bytes += jpeg.size() + 32;
  if (bytes >= kLongestAvi) {
    return Fail(Code::kResourceExhausted, "a clip of " + std::to_string(bytes) + " bytes");
  }
  AviCounts counts{.has_index = true};
  std::string pictures;
  std::string index;
  for (const std::string& jpeg : jpegs) AppendAviPicture(pictures, index, jpeg, counts);
  return AviHead(options, counts) + pictures + AviIndex(index);
}

}  // namespace brink::camera

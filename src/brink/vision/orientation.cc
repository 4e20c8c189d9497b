#include "brink/vision/orientation.h"

#include <cstring>
#include <string_view>

namespace brink::vision {
namespace {

constexpr uint16_t kOrientationTag = 0x0112;
constexpr uint16_t kShort = 3;

// Reads a TIFF's integers in the byte order that its header names; beyond the end everything is 0.
class TiffReader {
 public:
  TiffReader(std::span<const std::byte> bytes, bool big_endian)
      : bytes_(bytes), big_endian_(big_endian) {}

  uint32_t Read(uint64_t at, int size) const {
    if (at + static_cast<uint64_t>(size) > bytes_.size()) return 0;
    uint32_t value = 0;
    for (int k = 0; k < size; ++k) {
      const int from = big_endian_ ? k : size - 1 - k;
      value = value << 8 | std::to_integer<uint32_t>(bytes_[at + static_cast<uint64_t>(from)]);
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool big_endian_;
};

}  // namespace

int ExifOrientation(std::span<const std::byte> app1) {
  constexpr size_t kHeader = 6;  // "Exif\0\0"
  if (app1.size() < kHeader + 8 || std::memcmp(app1.data(), "Exif\0\0", kHeader) != 0) return 1;
  const auto tiff = app1.subspan(kHeader);
  const bool big_endian = tiff[0] == std::byte{'M'} && tiff[1] == std::byte{'M'};
  if (!big_endian && (tiff[0] != std::byte{'I'} || tiff[1] != std::byte{'I'})) return 1;
  const TiffReader reader(tiff, big_endian);
  if (reader.Read(2, 2) != 42) return 1;
  const uint64_t directory = reader.Read(4, 4);
  const uint32_t entries = reader.Read(directory, 2);
  for (uint32_t k = 0; k < entries; ++k) {
    const uint64_t entry = directory + 2 + uint64_t{k} * 12;
    if (reader.Read(entry, 2) != kOrientationTag) continue;
    const uint32_t value = reader.Read(entry + 8, 2);
    const bool sound = reader.Read(entry + 2, 2) == kShort && value >= 1 && value <= 8;
    return sound ? static_cast<int>(value) : 1;
  }
  return 1;
}

Result<Image> Upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  // Where the upright picture's pixel (x, y) comes from: the stored picture is walked along rows
  // or, where it lies on its side (5 to 8), along columns; from the far end where it is mirrored.
  const bool sideways = orientation >= 5;
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const int width = sideways ? image.height : image.width;
  const int height = sideways ? image.width : image.height;
  BRINK_ASSIGN(Image upright, MakeImage(width, height, {.max_pixels = int64_t{width} * height}));
  const int64_t step_x = from_right ? -3 : 3;
  const int64_t step_y = (from_bottom ? -3 : 3) * int64_t{image.width};
  const int64_t origin = (from_right ? 3 * (image.width - 1) : 0) +
                         (from_bottom ? int64_t{3} * image.width * (image.height - 1) : 0);
  const int64_t along_row = sideways ? step_y : step_x;
  const int64_t along_column = sideways ? step_x : step_y;
  uint8_t* to = upright.rgb.data();
  for (int y = 0; y < height; ++y) {
    const uint8_t* from = image.rgb.data() + origin + y * along_column;
    for (int x = 0; x < width; ++x, to += 3) {
      std::memcpy(to, from + x * along_row, 3);
    }
  }
  return upright;
}

}  // namespace brink::vision

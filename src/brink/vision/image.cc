#include "brink/vision/image.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "brink/vision/jpeg.h"
#include "brink/vision/png.h"

namespace brink::vision {
namespace {

bool Begins(std::span<const std::byte> bytes, std::string_view magic, size_t at = 0) {
  return bytes.size() >= at + magic.size() &&
         std::memcmp(bytes.data() + at, magic.data(), magic.size()) == 0;
}

// What bytes that are neither JPEG nor PNG seem to be, for the error.
std::string KindOf(std::span<const std::byte> bytes) {
  if (bytes.empty()) return "nothing (0 bytes)";
  if (Begins(bytes, "GIF8")) return "a GIF";
  if (Begins(bytes, "RIFF") && Begins(bytes, "WEBP", 8)) return "a WebP";
  if (Begins(bytes, "BM")) return "a BMP";
  if (Begins(bytes, std::string_view("II*\0", 4)) || Begins(bytes, std::string_view("MM\0*", 4)))
    return "a TIFF";
  if (Begins(bytes, "ftypavif", 4)) return "an AVIF";
  if (Begins(bytes, "ftyp", 4)) return "a HEIF or a film";
  if (Begins(bytes, "%PDF")) return "a PDF";
  if (Begins(bytes, "/9j/") || Begins(bytes, "iVBORw0KGgo")) return "base64 text of a picture";
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = std::to_string(bytes.size()) + " bytes that begin with";
  for (const std::byte byte : bytes.first(std::min<size_t>(bytes.size(), 4))) {
    const auto value = std::to_integer<size_t>(byte);
    text += {' ', kDigits[value >> 4], kDigits[value & 15]};
  }
  return text;
}

std::string SizeText(int64_t width, int64_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

}  // namespace

Status CheckSize(int64_t width, int64_t height, const DecodeLimits& limits) {
  if (width < 1 || height < 1) {
    return Fail(Code::kInvalidArgument, "the picture has no pixels: " + SizeText(width, height));
  }
  if (width > limits.max_pixels / height) {
    return Fail(Code::kResourceExhausted, "the picture has " + SizeText(width, height) +
                                              " pixels, the limit is " +
                                              std::to_string(limits.max_pixels) + " in all");
  }
  return {};
}

Result<Image> MakeImage(int64_t width, int64_t height, const DecodeLimits& limits) {
  BRINK_TRY(CheckSize(width, height, limits));
  try {
    Image image{.width = static_cast<int>(width), .height = static_cast<int>(height)};
    image.rgb.resize(static_cast<size_t>(width * height) * 3);
    return image;
  } catch (const std::bad_alloc&) {
    return Fail(Code::kResourceExhausted,
                "no memory for a picture of " + SizeText(width, height) + " pixels");
  }
}

Result<Image> DecodeImage(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  if (Begins(bytes, "\xff\xd8\xff")) return DecodeJpeg(bytes, limits);
  if (Begins(bytes, "\x89PNG\r\n\x1a\n")) return DecodePng(bytes, limits);
  return Fail(Code::kInvalidArgument, "expected a JPEG or PNG picture, got " + KindOf(bytes));
}

}  // namespace brink::vision

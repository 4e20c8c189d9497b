#include "brink/vision/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace brink::vision {
namespace {

using testing::HasSubstr;

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string DecodeErrorOf(std::string_view text) {
  const auto image = DecodeImage(Bytes(text));
  return image ? "decoded" : image.error().message;
}

Image RandomImage(int width, int height, uint32_t seed) {
  Image image = MakeImage(width, height).value();
  std::mt19937 random(seed);
  for (uint8_t& byte : image.rgb) byte = static_cast<uint8_t>(random());
  return image;
}

TEST(Image, WhatIsNeitherJpegNorPngIsNamed) {
  EXPECT_EQ(DecodeErrorOf(""), "expected a JPEG or PNG picture, got nothing (0 bytes)");
  EXPECT_EQ(DecodeErrorOf("GIF89a..."), "expected a JPEG or PNG picture, got a GIF");
  EXPECT_EQ(DecodeErrorOf("RIFF....WEBPVP8 "), "expected a JPEG or PNG picture, got a WebP");
  EXPECT_EQ(DecodeErrorOf("/9j/4AAQ"),
            "expected a JPEG or PNG picture, got base64 text of a picture");
  EXPECT_EQ(DecodeErrorOf("{\"a\""),
            "expected a JPEG or PNG picture, got 4 bytes that begin with 7b 22 61 22");
  EXPECT_THAT(DecodeErrorOf("\xff\xd8\xff"), HasSubstr("broken JPEG"));
  EXPECT_THAT(DecodeErrorOf("\x89PNG\r\n\x1a\n"), HasSubstr("broken PNG"));
}

TEST(Image, PngKeepsEveryPixel) {
  for (const auto& [width, height] : {std::pair(1, 1), {3, 200}, {251, 7}}) {
    const Image image = RandomImage(width, height, 5);
    const Image back = DecodeImage(Bytes(EncodePng(image).value())).value();
    EXPECT_EQ(back.width, width);
    EXPECT_EQ(back.rgb, image.rgb);
  }
}

TEST(Image, JpegKeepsEveryPixelNearly) {
  Image image = MakeImage(64, 48).value();
  for (size_t k = 0; k < image.rgb.size(); ++k)
    image.rgb[k] = static_cast<uint8_t>(40 + k / 64 + 20 * (k % 3));
  const Image back = DecodeImage(Bytes(EncodeJpeg(image, 95).value())).value();
  ASSERT_EQ(back.rgb.size(), image.rgb.size());
  for (size_t k = 0; k < image.rgb.size(); ++k) EXPECT_LE(std::abs(back.rgb[k] - image.rgb[k]), 6);
}

TEST(Image, SizesOutOfBoundsAreRefused) {
  EXPECT_EQ(MakeImage(0, 5).error().message, "the picture has no pixels: 0x5");
  EXPECT_EQ(MakeImage(10, 11, {.max_pixels = 100}).error().code, Code::kResourceExhausted);
  EXPECT_TRUE(MakeImage(10, 10, {.max_pixels = 100}).has_value());
  EXPECT_EQ(EncodeJpeg(MakeImage(65501, 1).value()).error().message,
            "a JPEG has at most 65500 pixels a side, the picture is 65501x1");
}

}  // namespace
}  // namespace brink::vision

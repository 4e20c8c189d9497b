#include "brink/vision/pixels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace brink::vision {
namespace {

constexpr PixelFormat kFormats[] = {PixelFormat::kRgb, PixelFormat::kI420, PixelFormat::kNv12,
                                    PixelFormat::kYuyv};

Pixels Random(PixelFormat format, int width, int height) {
  Pixels pixels{.format = format, .width = width, .height = height};
  pixels.bytes.resize(BytesOf(format, width, height));
  std::mt19937 random(7);
  for (uint8_t& byte : pixels.bytes) byte = static_cast<uint8_t>(random());
  return pixels;
}

TEST(Pixels, EverySampleLiesInsideOfTheBytesWhateverTheSides) {
  for (const PixelFormat format : kFormats) {
    for (const auto& [width, height] : {std::pair{1, 1}, {2, 3}, {5, 2}, {7, 7}, {16, 9}}) {
      const Pixels pixels = Random(format, width, height);
      const PixelsView view = pixels.view();
      const uint8_t* end = pixels.bytes.data() + pixels.bytes.size();
      size_t last = 0;
      for (size_t plane = 0; plane < 3; ++plane) {
        const uint8_t* sample =
            view.Row(plane, height - 1) +
            static_cast<size_t>((width - 1) >> view.column_shifts[plane]) * view.steps[plane];
        ASSERT_LT(sample, end) << width << "x" << height;
        last = std::max(last, static_cast<size_t>(sample - pixels.bytes.data()));
      }
      EXPECT_EQ(last + 1, pixels.bytes.size()) << width << "x" << height;
    }
  }
}

TEST(Pixels, KnownColoursComeOutOfLimitedAndFullRange) {
  // ITU-R BT.601 red at full amplitude: Y 81, U 90, V 240.
  const Pixels red{.format = PixelFormat::kI420, .width = 1, .height = 1, .bytes = {81, 90, 240}};
  const Image image = ToImage(red.view()).value();
  EXPECT_NEAR(image.rgb[0], 255, 2);
  EXPECT_NEAR(image.rgb[1], 0, 2);
  EXPECT_NEAR(image.rgb[2], 0, 2);
  Pixels grey{.format = PixelFormat::kI420, .width = 1, .height = 1, .bytes = {235, 128, 128}};
  EXPECT_EQ(ToImage(grey.view()).value().rgb, (std::vector<uint8_t>{255, 255, 255}));
  grey.meaning.full_range = true;
  EXPECT_EQ(ToImage(grey.view()).value().rgb, (std::vector<uint8_t>{235, 235, 235}));
  // BT.709 green: Y 173, U 42, V 26.
  const Pixels green{.format = PixelFormat::kI420,
                     .width = 1,
                     .height = 1,
                     .meaning = {.bt709 = true},
                     .bytes = {173, 42, 26}};
  EXPECT_NEAR(ToImage(green.view()).value().rgb[1], 255, 2);
  EXPECT_NEAR(ToImage(green.view()).value().rgb[0], 0, 2);
}

TEST(Pixels, FormatsOfTheSameSamplesAreTheSamePicture) {
  const int width = 6;
  const int height = 4;
  const Pixels planar = Random(PixelFormat::kI420, width, height);
  const PixelsView view = planar.view();
  Pixels nv12 = planar;
  nv12.format = PixelFormat::kNv12;
  Pixels yuyv{.format = PixelFormat::kYuyv, .width = width, .height = height};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; x += 2) {
      if (y % 2 == 0) {
        const size_t at = static_cast<size_t>(width * height + y / 2 * width + x);
        nv12.bytes[at] = view.At(1, x, y);
        nv12.bytes[at + 1] = view.At(2, x, y);
      }
      for (const uint8_t sample :
           {view.At(0, x, y), view.At(1, x, y), view.At(0, x + 1, y), view.At(2, x, y)}) {
        yuyv.bytes.push_back(sample);
      }
    }
  }
  const Image image = ToImage(view).value();
  EXPECT_EQ(ToImage(nv12.view()).value().rgb, image.rgb);
  EXPECT_EQ(ToImage(yuyv.view()).value().rgb, image.rgb);
}

TEST(Pixels, ACropIsThePartOfThePicture) {
  for (const PixelFormat format : kFormats) {
    const Pixels pixels = Random(format, 17, 11);
    const Image whole = ToImage(pixels.view()).value();
    const PixelsView part = Crop(pixels.view(), {.left = 5, .top = 3, .width = 30, .height = 4});
    EXPECT_EQ(part.width, 13);
    EXPECT_EQ(part.height, 4);
    const Image image = ToImage(part).value();
    for (int y = 0; y < 4; ++y) {
      for (int x = 0; x < 13; ++x) {
        EXPECT_EQ(image.rgb[static_cast<size_t>((y * 13 + x) * 3)],
                  whole.rgb[static_cast<size_t>(((y + 2) * 17 + x + 4) * 3)]);
      }
    }
    const PixelsView least = Crop(pixels.view(), {.left = 100, .top = -5, .width = 0, .height = 0});
    EXPECT_EQ(least.width, 1);
    EXPECT_EQ(least.height, 1);
  }
}

}  // namespace
}  // namespace brink::vision

#include "brink/vision/jpeg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
// jpeglib.h needs cstdio before it.
#include <jpeglib.h>

#include <cstdlib>
#include <functional>
#include <random>

namespace brink::vision {
namespace {

using testing::HasSubstr;

constexpr int kWidth = 37;
constexpr int kHeight = 26;

// A slow gradient, which JPEG keeps within a few levels.
std::array<int, 3> PatternAt(int x, int y) { return {20 + 5 * x, 40 + 6 * y, 230 - 2 * x - 3 * y}; }

using Sample = std::array<uint8_t, 4>;
struct Recipe {
  J_COLOR_SPACE given = JCS_RGB;  // of the samples
  J_COLOR_SPACE stored = JCS_YCbCr;
  int components = 3;
  std::function<Sample(int, int)> sample = [](int x, int y) {
    const auto p = PatternAt(x, y);
    return Sample{static_cast<uint8_t>(p[0]), static_cast<uint8_t>(p[1]),
                  static_cast<uint8_t>(p[2])};
  };
  std::function<void(jpeg_compress_struct&)> adjust = [](jpeg_compress_struct&) {};
  std::function<void(jpeg_compress_struct&)> markers = [](jpeg_compress_struct&) {};
  int width = kWidth;
  int height = kHeight;
};

std::vector<std::byte> WriteJpeg(const Recipe& recipe) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &data, &size);
  info.image_width = static_cast<JDIMENSION>(recipe.width);
  info.image_height = static_cast<JDIMENSION>(recipe.height);
  info.input_components = recipe.components;
  info.in_color_space = recipe.given;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, recipe.stored);
  jpeg_set_quality(&info, 97, TRUE);
  recipe.adjust(info);
  jpeg_start_compress(&info, TRUE);
  recipe.markers(info);
  std::vector<uint8_t> row;
  for (int y = 0; y < recipe.height; ++y) {
    row.clear();
    for (int x = 0; x < recipe.width; ++x) {
      const Sample sample = recipe.sample(x, y);
      row.insert(row.end(), sample.begin(), sample.begin() + recipe.components);
    }
    JSAMPROW pointer = row.data();
    jpeg_write_scanlines(&info, &pointer, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> bytes(begin, begin + size);
  std::free(data);
  return bytes;
}

// The largest difference to what `wanted` says of each pixel.
int LargestError(const Image& image, const std::function<std::array<int, 3>(int, int)>& wanted) {
  int largest = 0;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const auto pixel = wanted(x, y);
      for (int c = 0; c < 3; ++c) {
        const int got = image.rgb[static_cast<size_t>((y * image.width + x) * 3 + c)];
        largest = std::max(largest, std::abs(got - pixel[static_cast<size_t>(c)]));
      }
    }
  }
  return largest;
}

void ExpectPattern(const Recipe& recipe, int tolerance = 6) {
  const auto image = DecodeImage(WriteJpeg(recipe));
  ASSERT_TRUE(image.has_value()) << image.error().message;
  EXPECT_EQ(image->width, kWidth);
  EXPECT_EQ(image->height, kHeight);
  EXPECT_LE(LargestError(*image, PatternAt), tolerance);
}

TEST(Jpeg, BaselineInYcbcrAtFullAndHalfChroma) {
  ExpectPattern({});
  ExpectPattern({.adjust = [](jpeg_compress_struct& info) {
    for (int c = 0; c < 3; ++c)
      info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
  }});
}

TEST(Jpeg, StoredAsRgb) { ExpectPattern({.stored = JCS_RGB}); }

TEST(Jpeg, ProgressiveArithmeticAndRestartMarkers) {
  ExpectPattern({.adjust = [](jpeg_compress_struct& info) { jpeg_simple_progression(&info); }});
  ExpectPattern({.adjust = [](jpeg_compress_struct& info) { info.arith_code = TRUE; }});
  ExpectPattern({.adjust = [](jpeg_compress_struct& info) { info.restart_interval = 2; }});
}

TEST(Jpeg, GreyBecomesEqualChannels) {
  const auto level = [](int x, int y) { return 30 + 3 * x + 4 * y; };
  const Recipe recipe{
      .given = JCS_GRAYSCALE,
      .stored = JCS_GRAYSCALE,
      .components = 1,
      .sample = [&](int x, int y) { return Sample{static_cast<uint8_t>(level(x, y))}; }};
  const Image image = DecodeImage(WriteJpeg(recipe)).value();
  EXPECT_LE(LargestError(image,
                         [&](int x, int y) {
                           return std::array<int, 3>{level(x, y), level(x, y), level(x, y)};
                         }),
            4);
}

// Four inks: the pattern under a key of 20 %, inverted as Adobe stores it, or plain.
Recipe Inks(J_COLOR_SPACE stored, bool adobe) {
  return {
      .given = JCS_CMYK,
      .stored = stored,
      .components = 4,
      .sample =
          [adobe](int x, int y) {
            const auto p = PatternAt(x, y);
            Sample inks{};
            for (size_t c = 0; c < 3; ++c)
              inks[c] = static_cast<uint8_t>(adobe ? p[c] : 255 - p[c]);
            inks[3] = adobe ? 204 : 51;
            return inks;
          },
      .adjust =
          [adobe](jpeg_compress_struct& info) { info.write_Adobe_marker = adobe ? TRUE : FALSE; }};
}

TEST(Jpeg, CmykAndYcckBecomeRgb) {
  const auto wanted = [](int x, int y) {
    auto p = PatternAt(x, y);
    for (int& c : p) c = c * 4 / 5;
    return p;
  };
  for (const auto& recipe : {Inks(JCS_CMYK, true), Inks(JCS_YCCK, true), Inks(JCS_CMYK, false)}) {
    const auto image = DecodeImage(WriteJpeg(recipe));
    ASSERT_TRUE(image.has_value()) << image.error().message;
    EXPECT_LE(LargestError(*image, wanted), 6);
  }
}

std::vector<std::byte> WithOrientation(uint8_t orientation, bool big_endian) {
  return WriteJpeg({.markers = [=](jpeg_compress_struct& info) {
    // TIFF header, one directory entry: tag 0x0112, type SHORT, count 1.
    const std::vector<uint8_t> little = {'E', 'x', 'i',         'f', 0, 0,    'I', 'I', 42, 0, 8,
                                         0,   0,   0,           1,   0, 0x12, 1,   3,   0,  1, 0,
                                         0,   0,   orientation, 0,   0, 0,    0,   0,   0,  0};
    const std::vector<uint8_t> big = {'E', 'x', 'i', 'f',         0, 0, 'M',  'M', 0, 42, 0,
                                      0,   0,   8,   0,           1, 1, 0x12, 0,   3, 0,  0,
                                      0,   1,   0,   orientation, 0, 0, 0,    0,   0, 0};
    const auto& exif = big_endian ? big : little;
    jpeg_write_marker(&info, JPEG_APP0 + 1, exif.data(), static_cast<unsigned>(exif.size()));
  }});
}

TEST(Jpeg, ExifOrientationStandsThePictureUpright) {
  // Where the pixel at (x, y) of the upright picture lies in the stored one, by EXIF's table.
  using Place = std::function<std::pair<int, int>(int, int)>;
  constexpr int kRight = kWidth - 1;
  constexpr int kBottom = kHeight - 1;
  const std::vector<Place> places = {
      [](int x, int y) { return std::pair(x, y); },
      [](int x, int y) { return std::pair(kRight - x, y); },
      [](int x, int y) { return std::pair(kRight - x, kBottom - y); },
      [](int x, int y) { return std::pair(x, kBottom - y); },
      [](int x, int y) { return std::pair(y, x); },
      [](int x, int y) { return std::pair(y, kBottom - x); },
      [](int x, int y) { return std::pair(kRight - y, kBottom - x); },
      [](int x, int y) { return std::pair(kRight - y, x); }};
  for (uint8_t orientation = 1; orientation <= 8; ++orientation) {
    for (const bool big_endian : {false, true}) {
      const auto image = DecodeImage(WithOrientation(orientation, big_endian));
      ASSERT_TRUE(image.has_value()) << image.error().message;
      EXPECT_EQ(image->width, orientation <= 4 ? kWidth : kHeight);
      const Place& place = places[orientation - 1u];
      EXPECT_LE(LargestError(*image,
                             [&](int x, int y) {
                               const auto [from_x, from_y] = place(x, y);
                               return PatternAt(from_x, from_y);
                             }),
                6)
          << "orientation " << int{orientation};
    }
  }
  EXPECT_EQ(DecodeImage(WithOrientation(9, false)).value().width, kWidth);
  EXPECT_EQ(DecodeImage(WithOrientation(0, true)).value().width, kWidth);
}

TEST(Jpeg, OddSizesDownToOnePixel) {
  for (const int side : {1, 2, 7, 8, 9, 16, 17}) {
    const auto image = DecodeImage(WriteJpeg({.width = side, .height = 1}));
    ASSERT_TRUE(image.has_value()) << image.error().message;
    EXPECT_EQ(image->width, side);
    EXPECT_LE(LargestError(*image, PatternAt), 6);
  }
}

TEST(Jpeg, EveryTruncationIsAnError) {
  for (const bool progressive : {false, true}) {
    const auto bytes = WriteJpeg({.adjust = [&](jpeg_compress_struct& info) {
      if (progressive) jpeg_simple_progression(&info);
    }});
    for (size_t size = 3; size < bytes.size(); ++size) {
      const auto image = DecodeImage(std::span(bytes).first(size));
      ASSERT_FALSE(image.has_value()) << size << " of " << bytes.size() << " bytes";
      EXPECT_EQ(image.error().code, Code::kInvalidArgument);
      EXPECT_THAT(image.error().message, HasSubstr("broken JPEG: "));
    }
  }
}

TEST(Jpeg, BytesAfterItsEndDoNotMatter) {
  auto bytes = WriteJpeg({});
  bytes.resize(bytes.size() + 100);
  EXPECT_TRUE(DecodeImage(bytes).has_value());
}

// The offset of the frame header's two bytes of height.
size_t HeightAt(const std::vector<std::byte>& bytes) {
  size_t at = 2;
  for (;; at += 2 + std::to_integer<size_t>(bytes[at + 2]) * 256 +
                std::to_integer<size_t>(bytes[at + 3])) {
    const auto marker = std::to_integer<int>(bytes[at + 1]);
    if (marker == 0xc0 || marker == 0xc2) return at + 5;
  }
}

TEST(Jpeg, AHugeSizeIsRefusedBeforeMemoryIsTaken) {
  auto bytes = WriteJpeg({});
  const size_t at = HeightAt(bytes);
  for (size_t k = 0; k < 4; ++k) bytes[at + k] = std::byte{0xf0};
  EXPECT_EQ(DecodeImage(bytes).error().message,
            "the picture has 61680x61680 pixels, the limit is 67108864 in all");
  EXPECT_EQ(DecodeImage(bytes).error().code, Code::kResourceExhausted);
  EXPECT_THAT(DecodeImage(bytes, {.max_pixels = int64_t{1} << 40}).error().message,
              HasSubstr("bytes cannot hold 61680x61680 pixels"));
  EXPECT_EQ(DecodeImage(WriteJpeg({}), {.max_pixels = 100}).error().code, Code::kResourceExhausted);
}

TEST(Jpeg, TooManyScansAreRefused) {
  const auto bytes =
      WriteJpeg({.adjust = [](jpeg_compress_struct& info) { jpeg_simple_progression(&info); }});
  // Ten scans of the picture; the limit allows for 16 of one with max_pixels pixels.
  EXPECT_TRUE(DecodeImage(bytes, {.max_pixels = kWidth * kHeight}).has_value());
  std::vector<jpeg_scan_info> script;
  for (int k = 1; k < 40; ++k) {
    script.push_back(
        {.comps_in_scan = 1, .component_index = {0}, .Ss = k, .Se = k, .Ah = 0, .Al = 0});
  }
  script.insert(script.begin(),
                {.comps_in_scan = 3, .component_index = {0, 1, 2}, .Ss = 0, .Se = 0});
  const auto many = WriteJpeg({.adjust = [&](jpeg_compress_struct& info) {
    info.scan_info = script.data();
    info.num_scans = static_cast<int>(script.size());
  }});
  EXPECT_THAT(DecodeImage(many, {.max_pixels = kWidth * kHeight}).error().message,
              HasSubstr("17 scans over 37x26 pixels are too many"));
  EXPECT_TRUE(DecodeImage(many).has_value());
}

TEST(Jpeg, SurvivesMutation) {
  std::mt19937 random(1);
  const std::vector<std::vector<std::byte>> seeds = {
      WriteJpeg({}), WriteJpeg(Inks(JCS_YCCK, true)), WithOrientation(6, false),
      WriteJpeg({.adjust = [](jpeg_compress_struct& info) { jpeg_simple_progression(&info); }}),
      WriteJpeg({.adjust = [](jpeg_compress_struct& info) { info.arith_code = TRUE; }})};
  for (int round = 0; round < 4000; ++round) {
    auto bytes = seeds[random() % seeds.size()];
    const size_t flips = 1 + random() % 4;
    for (size_t k = 0; k < flips; ++k)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    const auto image = DecodeImage(bytes, {.max_pixels = 1 << 20});
    if (image) {
      EXPECT_EQ(image->rgb.size(), size_t{3} * static_cast<size_t>(image->width * image->height));
    } else {
      EXPECT_FALSE(image.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace brink::vision

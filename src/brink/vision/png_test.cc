#include "brink/vision/png.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <cstring>
#include <functional>
#include <random>

namespace brink::vision {
namespace {

using testing::HasSubstr;

constexpr int kPngWidth = 19;
constexpr int kPngHeight = 11;

struct PngRecipe {
  int depth = 8;
  int colour = PNG_COLOR_TYPE_RGB;
  bool interlaced = false;
  bool transparent = false;  // a tRNS chunk
};

int Channels(const PngRecipe& recipe) {
  const int alpha = (recipe.colour & PNG_COLOR_MASK_ALPHA) != 0 ? 1 : 0;
  const bool three =
      recipe.colour == PNG_COLOR_TYPE_RGB || recipe.colour == PNG_COLOR_TYPE_RGB_ALPHA;
  return (three ? 3 : 1) + alpha;
}

// The stored sample: any function will do that reaches all values.
int SampleAt(const PngRecipe& recipe, int x, int y, int channel) {
  return (x * 2659 + y * 7321 + channel * 1237) % (1 << recipe.depth);
}
constexpr png_color PaletteAt(int index) {
  return {static_cast<png_byte>(index * 7 % 256), static_cast<png_byte>(255 - index),
          static_cast<png_byte>(index * 3 % 256)};
}

// What the decoder should say of the pixel.
std::array<int, 3> PngPixelAt(const PngRecipe& recipe, int x, int y) {
  if (recipe.colour == PNG_COLOR_TYPE_PALETTE) {
    const png_color colour = PaletteAt(SampleAt(recipe, x, y, 0));
    return {colour.red, colour.green, colour.blue};
  }
  const int most = (1 << recipe.depth) - 1;
  std::array<int, 3> pixel{};
  for (int c = 0; c < 3; ++c) {
    const int sample = SampleAt(recipe, x, y, Channels(recipe) >= 3 ? c : 0);
    pixel[static_cast<size_t>(c)] = (sample * 255 * 2 + most) / (2 * most);
  }
  return pixel;
}

void AppendBytes(png_structp png, png_bytep data, size_t size) {
  auto* bytes = static_cast<std::vector<std::byte>*>(png_get_io_ptr(png));
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  bytes->insert(bytes->end(), begin, begin + size);
}

std::vector<uint8_t> RowOf(const PngRecipe& recipe, int y) {
  const int channels = Channels(recipe);
  std::vector<uint8_t> row(static_cast<size_t>(kPngWidth * channels * recipe.depth + 7) / 8);
  for (int k = 0; k < kPngWidth * channels; ++k) {
    const int sample = SampleAt(recipe, k / channels, y, k % channels);
    if (recipe.depth == 16) {
      row[static_cast<size_t>(k) * 2] = static_cast<uint8_t>(sample >> 8);
      row[static_cast<size_t>(k) * 2 + 1] = static_cast<uint8_t>(sample);
    } else {
      const int bit = k * recipe.depth;
      row[static_cast<size_t>(bit / 8)] |=
          static_cast<uint8_t>(sample << (8 - recipe.depth - bit % 8));
    }
  }
  return row;
}

std::vector<std::byte> WritePng(const PngRecipe& recipe) {
  std::vector<std::byte> bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &bytes, AppendBytes, nullptr);
  png_set_IHDR(png, info, kPngWidth, kPngHeight, recipe.depth, recipe.colour,
               recipe.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (recipe.colour == PNG_COLOR_TYPE_PALETTE) {
    std::vector<png_color> palette;
    for (int k = 0; k < 1 << recipe.depth; ++k) palette.push_back(PaletteAt(k));
    png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  }
  if (recipe.transparent) {
    const png_byte alphas[2] = {0, 128};
    const png_color_16 key = {0, 1, 1, 1, 1};
    png_set_tRNS(png, info, alphas, 2, &key);
  }
  png_set_gAMA(png, info, 0.3);
  png_write_info(png, info);
  std::vector<std::vector<uint8_t>> rows;
  std::vector<png_bytep> pointers;
  for (int y = 0; y < kPngHeight; ++y) rows.push_back(RowOf(recipe, y));
  for (auto& row : rows) pointers.push_back(row.data());
  png_write_image(png, pointers.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

// Every depth that PNG allows for every colour type, plain and interlaced.
std::vector<PngRecipe> AllRecipes() {
  std::vector<PngRecipe> recipes;
  const std::vector<std::pair<int, std::vector<int>>> forms = {
      {PNG_COLOR_TYPE_GRAY, {1, 2, 4, 8, 16}},
      {PNG_COLOR_TYPE_RGB, {8, 16}},
      {PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8}},
      {PNG_COLOR_TYPE_GRAY_ALPHA, {8, 16}},
      {PNG_COLOR_TYPE_RGB_ALPHA, {8, 16}}};
  for (const auto& [colour, depths] : forms) {
    for (const int depth : depths) {
      for (const bool interlaced : {false, true}) {
        recipes.push_back({depth, colour, interlaced, false});
        if ((colour & PNG_COLOR_MASK_ALPHA) == 0)
          recipes.push_back({depth, colour, interlaced, true});
      }
    }
  }
  return recipes;
}

TEST(Png, EveryDepthColourTypeAndInterlaceGivesItsPixels) {
  for (const PngRecipe& recipe : AllRecipes()) {
    SCOPED_TRACE(std::to_string(recipe.depth) + " bits, colour type " +
                 std::to_string(recipe.colour) + (recipe.interlaced ? ", interlaced" : "") +
                 (recipe.transparent ? ", tRNS" : ""));
    const auto image = DecodeImage(WritePng(recipe));
    ASSERT_TRUE(image.has_value()) << image.error().message;
    ASSERT_EQ(image->width, kPngWidth);
    ASSERT_EQ(image->height, kPngHeight);
    for (int y = 0; y < kPngHeight; ++y) {
      for (int x = 0; x < kPngWidth; ++x) {
        const auto wanted = PngPixelAt(recipe, x, y);
        const uint8_t* got = &image->rgb[static_cast<size_t>((y * kPngWidth + x) * 3)];
        ASSERT_EQ((std::array<int, 3>{got[0], got[1], got[2]}), wanted) << "at " << x << ", " << y;
      }
    }
  }
}

TEST(Png, EveryTruncationIsAnError) {
  for (const bool interlaced : {false, true}) {
    const auto bytes = WritePng({.interlaced = interlaced});
    for (size_t size = 8; size < bytes.size(); ++size) {
      const auto image = DecodeImage(std::span(bytes).first(size));
      ASSERT_FALSE(image.has_value()) << size << " of " << bytes.size() << " bytes";
      EXPECT_THAT(image.error().message, HasSubstr("broken PNG: "));
    }
  }
}

TEST(Png, AWrongChecksumIsAnError) {
  auto bytes = WritePng({});
  bytes[bytes.size() - 20] ^= std::byte{1};  // inside of IDAT
  EXPECT_THAT(DecodeImage(bytes).error().message, HasSubstr("broken PNG: IDAT"));
}

// Puts another size into IHDR and mends its checksum.
std::vector<std::byte> WithSize(std::vector<std::byte> bytes, uint32_t width, uint32_t height) {
  const auto put = [&bytes](size_t at, uint32_t value) {
    for (size_t k = 0; k < 4; ++k) bytes[at + k] = static_cast<std::byte>(value >> (24 - 8 * k));
  };
  put(16, width);
  put(20, height);
  uint32_t crc = 0xffffffff;
  for (size_t k = 12; k < 29; ++k) {
    crc ^= std::to_integer<uint32_t>(bytes[k]);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
  }
  put(29, ~crc);
  return bytes;
}

TEST(Png, AHugeSizeIsRefusedBeforeMemoryIsTaken) {
  // The largest width that libpng reads where addresses have 32 bits is near 2^29.
  const auto huge = WithSize(WritePng({}), 500'000'000, 500'000'000);
  EXPECT_EQ(DecodeImage(huge).error().code, Code::kResourceExhausted);
  EXPECT_EQ(DecodeImage(huge).error().message,
            "the picture has 500000000x500000000 pixels, the limit is 67108864 in all");
  EXPECT_FALSE(DecodeImage(WithSize(WritePng({}), 2147483647, 2147483647)));
  EXPECT_THAT(DecodeImage(WithSize(WritePng({}), 8000, 8000)).error().message,
              HasSubstr("bytes cannot hold 8000x8000 pixels"));
  EXPECT_THAT(DecodeImage(WithSize(WritePng({}), 0, 3)).error().message, HasSubstr("broken PNG: "));
}

TEST(Png, SurvivesMutation) {
  std::mt19937 random(1);
  const auto recipes = AllRecipes();
  for (int round = 0; round < 4000; ++round) {
    auto bytes = WritePng(recipes[random() % recipes.size()]);
    const size_t flips = 1 + random() % 3;
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

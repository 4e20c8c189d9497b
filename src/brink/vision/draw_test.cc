#include "brink/vision/draw.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "brink/vision/font.h"

namespace brink::vision {
namespace {

std::array<int, 3> PixelAt(const Image& image, int x, int y) {
  const auto at = static_cast<size_t>((y * image.width + x) * 3);
  return {image.rgb[at], image.rgb[at + 1], image.rgb[at + 2]};
}

TEST(Draw, FramesABoxAndLeavesItsInsideAlone) {
  Image image = MakeImage(200, 100).value();
  const std::array<int, 3> black = {0, 0, 0};
  DrawDetections(
      image, std::vector<Detection>{{.label = "A", .score = .5f, .box = {.25f, .5f, .75f, .9f}}});
  const auto frame = PixelAt(image, 50, 50);
  EXPECT_NE(frame, black);
  EXPECT_EQ(PixelAt(image, 149, 50), frame);
  EXPECT_EQ(PixelAt(image, 50, 89), frame);
  EXPECT_EQ(PixelAt(image, 100, 70), black);
  EXPECT_EQ(PixelAt(image, 150, 70), black);
  EXPECT_EQ(PixelAt(image, 50, 45), frame) << "the label's bar";
  EXPECT_EQ(PixelAt(image, 49, 45), black);
}

TEST(Draw, LabelsHaveColoursOfTheirOwn) {
  std::set<std::array<int, 3>> colours;
  for (int label = 0; label < 10; ++label) {
    Image image = MakeImage(40, 40).value();
    DrawDetections(image, std::vector<Detection>{{.label_index = label, .box = {0, .5f, 1, 1}}});
    colours.insert(PixelAt(image, 0, 30));
  }
  EXPECT_EQ(colours.size(), 10u);
}

TEST(Draw, AnythingStaysInsideOfThePicture) {
  std::mt19937 random(4);
  std::uniform_real_distribution<float> place(-2, 3);
  for (int round = 0; round < 400; ++round) {
    const int width = 1 + static_cast<int>(random() % 500);
    const int height = 1 + static_cast<int>(random() % 50);
    Image image = MakeImage(width, height).value();
    const std::string label(random() % 100, "a\xc3\xa9\xff"[random() % 4]);
    DrawDetections(image,
                   std::vector<Detection>{{.label = label,
                                           .label_index = static_cast<int>(random() % 50) - 5,
                                           .box = {place(random), place(random), place(random),
                                                   round % 9 == 0 ? NAN : place(random)}}});
    DrawClassifications(image,
                        std::vector<Classification>(5, {.label = label, .label_index = round}));
    ASSERT_EQ(image.rgb.size(), static_cast<size_t>(width * height * 3));
  }
}

TEST(Font, EveryPrintableLetterHasAFormOfItsOwn) {
  std::set<Glyph> forms;
  for (char32_t letter = U' '; letter <= U'~'; ++letter) {
    forms.insert(GlyphOf(letter));
    for (const uint8_t row : GlyphOf(letter)) EXPECT_LT(row, 1 << kGlyphWidth);
  }
  EXPECT_EQ(forms.size(), 95u);
  EXPECT_EQ(GlyphOf(U'\u00e9'), GlyphOf(U'?'));
  EXPECT_EQ(GlyphOf(U'\n'), GlyphOf(U'?'));
}

TEST(Draw, PathsGoThroughTheirPointsAndBackWhereTheyAreClosed) {
  const auto at = [](const Image& image, int x, int y) {
    return image.rgb[static_cast<size_t>(y * image.width + x) * 3];
  };
  const std::vector<std::array<float, 2>> corners = {{.1f, .5f}, {.9f, .5f}, {.9f, .9f}};
  Image open = MakeImage(100, 100).value();
  DrawPath(open, corners, false, "");
  EXPECT_EQ(at(open, 50, 50), 255);
  EXPECT_EQ(at(open, 90, 70), 255);
  EXPECT_EQ(at(open, 50, 70), 0);
  Image closed = MakeImage(100, 100).value();
  DrawPath(closed, corners, true, "till");
  EXPECT_EQ(at(closed, 50, 70), 255);
  DrawPath(closed, {}, true, "nothing");
}

TEST(Draw, AFooterIsAtTheLowerEdgeHoweverLongItIs) {
  Image image = MakeImage(100, 100).value();
  std::fill(image.rgb.begin(), image.rgb.end(), uint8_t{99});
  DrawFooter(image, std::string(1000, '8'));
  EXPECT_EQ(image.rgb[0], 99);
  EXPECT_NE(image.rgb[static_cast<size_t>(99 * 100 + 50) * 3], 99);
}

}  // namespace
}  // namespace brink::vision

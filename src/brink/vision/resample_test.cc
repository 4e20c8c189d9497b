#include "brink/vision/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace brink::vision {
namespace {

// The picture that the OpenCV samples below were made of.
Image Pattern(int width, int height) {
  Image image = MakeImage(width, height).value();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        image.rgb[static_cast<size_t>((y * width + x) * 3 + c)] =
            static_cast<uint8_t>(x * 37 + y * 91 + c * 53 + x * y * 7);
      }
    }
  }
  return image;
}

std::vector<float> Resized(const Image& image, int width, int height, bool swap = false) {
  Resampler resampler(image, width, height, swap);
  std::vector<float> all;
  for (int y = 0; y < height; ++y) {
    const auto row = resampler.Row(y);
    all.insert(all.end(), row.begin(), row.end());
  }
  return all;
}

void ExpectWithinOneLevel(const std::vector<float>& got, const std::vector<int>& opencv,
                          size_t step) {
  for (size_t k = 0; k < opencv.size(); ++k) {
    EXPECT_LE(std::abs(got[k * step] - static_cast<float>(opencv[k])), 1) << "at " << k * step;
  }
}

// The numbers are cv2.resize(pattern, size, interpolation=cv2.INTER_LINEAR) of OpenCV 5.0.0.
TEST(Resampler, AgreesWithOpenCvWhenItShrinks) {
  const std::vector<int> small = {45,  98,  151, 114, 156, 135, 108, 150, 203, 166, 112, 101,
                                  201, 158, 51,  34,  87,  140, 124, 177, 230, 213, 106, 63,
                                  101, 154, 143, 189, 93,  135, 150, 128, 170, 174, 120, 109};
  ExpectWithinOneLevel(Resized(Pattern(7, 5), 4, 3), small, 1);
  const std::vector<int> large = {27,  210, 129, 194, 174, 218, 93,  213, 66,  179,
                                  105, 28,  174, 78,  94,  143, 186, 197, 137, 60,
                                  169, 126, 102, 155, 113, 130, 64,  83,  145, 163,
                                  146, 51,  95,  52,  183, 81,  133, 142, 132, 77};
  ExpectWithinOneLevel(Resized(Pattern(464, 330), 260, 260), large, 5077);
}

TEST(Resampler, AgreesWithOpenCvWhenItGrows) {
  const std::vector<int> grown = {
      0,   53,  106, 5,   58,  111, 21,  74,  127, 37,  90,  143, 53,  106, 159, 69,  121, 175,
      74,  127, 180, 9,   62,  115, 14,  67,  120, 31,  83,  136, 47,  100, 153, 63,  116, 158,
      79,  132, 163, 84,  137, 165, 46,  99,  152, 51,  104, 157, 69,  122, 175, 86,  139, 192,
      103, 156, 154, 121, 174, 117, 127, 180, 105, 82,  135, 188, 88,  141, 194, 107, 159, 212,
      125, 178, 231, 144, 197, 151, 162, 215, 71,  168, 221, 44,  91,  144, 197, 97,  150, 203,
      116, 169, 222, 135, 188, 241, 154, 207, 150, 173, 226, 59,  179, 232, 29};
  ExpectWithinOneLevel(Resized(Pattern(3, 2), 7, 5), grown, 1);
}

TEST(Resampler, TheSameSizeKeepsEveryLevel) {
  const Image image = Pattern(31, 17);
  const auto same = Resized(image, 31, 17);
  ASSERT_EQ(same.size(), image.rgb.size());
  for (size_t k = 0; k < same.size(); ++k) EXPECT_EQ(same[k], image.rgb[k]);
}

TEST(Resampler, OnePixelFillsAnything) {
  const Image image{.width = 1, .height = 1, .rgb = {9, 8, 7}};
  EXPECT_EQ(Resized(image, 2, 2), (std::vector<float>{9, 8, 7, 9, 8, 7, 9, 8, 7, 9, 8, 7}));
  EXPECT_EQ(Resized(image, 1, 1, true), (std::vector<float>{7, 8, 9}));
}

TEST(Resampler, AgreesWithItsFormulaForRandomSizes) {
  std::mt19937 random(7);
  const auto size = [&](int most) {
    return 1 + static_cast<int>(random() % static_cast<uint32_t>(most));
  };
  for (int round = 0; round < 300; ++round) {
    const Image image = Pattern(size(40), size(40));
    const int width = size(50);
    const int height = size(50);
    const auto got = Resized(image, width, height);
    for (int sample = 0; sample < 20; ++sample) {
      const int x = size(width) - 1;
      const int y = size(height) - 1;
      const int c = size(3) - 1;
      const double at_x = std::clamp((x + .5) * image.width / width - .5, 0., image.width - 1.);
      const double at_y = std::clamp((y + .5) * image.height / height - .5, 0., image.height - 1.);
      const auto level = [&](int column, int row) {
        const int place =
            std::min(row, image.height - 1) * image.width + std::min(column, image.width - 1);
        return static_cast<double>(image.rgb[static_cast<size_t>(place * 3 + c)]);
      };
      const int left = static_cast<int>(at_x);
      const int top = static_cast<int>(at_y);
      const double upper = std::lerp(level(left, top), level(left + 1, top), at_x - left);
      const double lower = std::lerp(level(left, top + 1), level(left + 1, top + 1), at_x - left);
      EXPECT_NEAR(got[static_cast<size_t>((y * width + x) * 3 + c)],
                  std::lerp(upper, lower, at_y - top), 1e-3);
    }
  }
}

}  // namespace
}  // namespace brink::vision

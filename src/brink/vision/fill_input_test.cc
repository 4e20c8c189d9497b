#include "brink/vision/fill_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace brink::vision {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Image RandomImage(int width, int height) {
  Image image = MakeImage(width, height).value();
  std::mt19937 random(3);
  for (uint8_t& byte : image.rgb) byte = static_cast<uint8_t>(random());
  return image;
}

std::string Misfit(const InputCard& card, Type type, const Shape& shape,
                   const Quantization& quantization = {}) {
  const auto size = CheckInput(card, type, shape, quantization);
  if (size) return "fits";
  EXPECT_EQ(size.error().code, Code::kFailedPrecondition);
  return size.error().message;
}

TEST(FillInput, NormalisesEachChannel) {
  const Image image{.width = 1, .height = 1, .rgb = {10, 20, 30}};
  const InputCard card{.mean = {1, 2, 3}, .scale = {1, 2, 10}};
  Tensor tensor(Type::kFloat32, {1, 1, 1, 3});
  ASSERT_TRUE(FillInput(image, card, {}, tensor.view()).has_value());
  EXPECT_THAT(tensor.as<float>(), ElementsAre(9, 36, 270));
}

TEST(FillInput, BgrTurnsTheChannelsBeforeTheirMeanAndScale) {
  const Image image{.width = 1, .height = 1, .rgb = {10, 20, 30}};
  const InputCard card{.colour = ColourOrder::kBgr, .mean = {1, 2, 3}, .scale = {1, 2, 10}};
  Tensor tensor(Type::kFloat32, {1, 1, 1, 3});
  ASSERT_TRUE(FillInput(image, card, {}, tensor.view()).has_value());
  EXPECT_THAT(tensor.as<float>(), ElementsAre(29, 36, 70));
}

TEST(FillInput, ALetterboxKeepsProportionsInTheMiddleOfItsBorder) {
  const Image image = RandomImage(40, 20);
  InputCard card{.width = 10, .height = 10, .letterbox = true, .pad = 114};
  card.scale = {1, 1, 1};
  const InputSize size{.width = 10, .height = 10, .channels = 3};
  const Region place = PlaceInInput(card, size, 40, 20);
  EXPECT_EQ(place.left, 0);
  EXPECT_EQ(place.top, 2);
  EXPECT_EQ(place.width, 10);
  EXPECT_EQ(place.height, 5);
  Tensor boxed(Type::kFloat32, {1, 10, 10, 3});
  ASSERT_TRUE(FillInput(image, card, {}, boxed.view()).has_value());
  InputCard alone{.width = 10, .height = 5};
  alone.scale = {1, 1, 1};
  Tensor inner(Type::kFloat32, {1, 5, 10, 3});
  ASSERT_TRUE(FillInput(image, alone, {}, inner.view()).has_value());
  for (size_t k = 0; k < 300; ++k) {
    const bool border = k < 60 || k >= 210;
    EXPECT_EQ(boxed.as<float>()[k], border ? 114 : inner.as<float>()[k - 60]) << k;
  }
  EXPECT_EQ(PlaceInInput(card, size, 1, 10'000).width, 1);
  EXPECT_EQ(PlaceInInput({}, size, 40, 20).height, 10);
}

TEST(FillInput, GreyIsLuma) {
  const Image image{.width = 2, .height = 1, .rgb = {255, 255, 255, 200, 100, 50}};
  const InputCard card{
      .width = 2, .height = 1, .colour = ColourOrder::kGrey, .mean = {255}, .scale = {-1}};
  Tensor tensor(Type::kFloat32, {1, 2});  // as good as [1, 1, 2, 1] when the card states the size
  ASSERT_TRUE(FillInput(image, card, {}, tensor.view()).has_value());
  EXPECT_NEAR(tensor.as<float>()[0], 0, 1e-3);
  EXPECT_NEAR(tensor.as<float>()[1], 255 - 124.2, 1e-3);
}

// Every level of grey as one picture, through the formula in double precision.
template <class Integer>
void ExpectQuantised(const InputCard& card, const Quantization& quantization) {
  Image image = MakeImage(256, 1).value();
  for (size_t k = 0; k < image.rgb.size(); ++k) image.rgb[k] = static_cast<uint8_t>(k / 3);
  Tensor tensor(TypeOf<Integer>(), {1, 1, 256, 3});
  ASSERT_TRUE(FillInput(image, card, quantization, tensor.view()).has_value());
  for (size_t k = 0; k < image.rgb.size(); ++k) {
    const double value = (image.rgb[k] - double{card.mean[k % 3]}) * double{card.scale[k % 3]};
    const double stored =
        value / double{quantization.scale[0]} + static_cast<double>(quantization.zero_point[0]);
    const double wanted = std::clamp(stored, double{std::numeric_limits<Integer>::min()},
                                     double{std::numeric_limits<Integer>::max()});
    EXPECT_LE(std::abs(tensor.as<Integer>()[k] - wanted), .501) << "level " << int{image.rgb[k]};
  }
}

TEST(FillInput, QuantisesWithScaleAndZeroPoint) {
  const InputCard unit{};
  ExpectQuantised<uint8_t>(unit, {.scale = {1 / 255.f}, .zero_point = {0}});
  ExpectQuantised<int8_t>(unit, {.scale = {1 / 255.f}, .zero_point = {-128}});
  ExpectQuantised<int8_t>(unit, {.scale = {.0021f}, .zero_point = {-50}});
  ExpectQuantised<int8_t>({.mean = {120, 110, 100}, .scale = {.02f, .03f, -.04f}},
                          {.scale = {.01f}, .zero_point = {3}});
}

TEST(FillInput, AnIntegerTensorWithoutQuantisationTakesTheLevels) {
  const Image image = RandomImage(9, 5);
  Tensor tensor(Type::kUInt8, {1, 5, 9, 3});
  ASSERT_TRUE(FillInput(image, {.scale = {1, 1, 1}}, {}, tensor.view()).has_value());
  EXPECT_TRUE(std::equal(image.rgb.begin(), image.rgb.end(), tensor.as<uint8_t>().begin()));
}

TEST(FillInput, IntegersAreTheFloatsRounded) {
  const Image image = RandomImage(123, 77);
  const InputCard card{.width = 31, .height = 40, .scale = {1, 1, 1}};
  Tensor floats(Type::kFloat32, {1, 40, 31, 3});
  Tensor bytes(Type::kUInt8, {1, 40, 31, 3});
  ASSERT_TRUE(FillInput(image, card, {}, floats.view()).has_value());
  ASSERT_TRUE(FillInput(image, card, {}, bytes.view()).has_value());
  for (size_t k = 0; k < bytes.as<uint8_t>().size(); ++k) {
    EXPECT_EQ(bytes.as<uint8_t>()[k], static_cast<uint8_t>(floats.as<float>()[k] + .5f));
  }
}

TEST(FillInput, SaysWhatDoesNotFit) {
  EXPECT_EQ(Misfit({}, Type::kFloat32, {1, 8, 9, 3}), "fits");
  EXPECT_EQ(Misfit({.tensor = "x", .width = 9, .height = 9}, Type::kFloat32, {1, 8, 9, 3}),
            "a picture does not fit the input tensor 'x': the card gives [1, 9, 9, 3], the tensor "
            "is FLOAT32 "
            "[1, 8, 9, 3]: expected [1, 9, 9, 3]");
  EXPECT_THAT(Misfit({}, Type::kFloat32, {1, 8, 9, 1}), HasSubstr("expected [1, 8, 9, 3]"));
  EXPECT_THAT(Misfit({}, Type::kFloat32, {2, 8, 9, 3}), HasSubstr("expected [1, 8, 9, 3]"));
  EXPECT_THAT(Misfit({}, Type::kFloat32, {1, -1, -1, 3}), HasSubstr("must state width and height"));
  EXPECT_THAT(Misfit({}, Type::kInt64, {1, 8, 9, 3}), HasSubstr("expected FLOAT32, INT8 or UINT8"));
  EXPECT_THAT(Misfit({}, Type::kFloat32, {1, 64}), HasSubstr("must state width and height"));
  EXPECT_THAT(Misfit({.width = 8, .height = 8}, Type::kFloat32, {1, 64}),
              HasSubstr("expected 192 elements"));
  EXPECT_THAT(Misfit({}, Type::kInt8, {1, 8, 9, 3}, {.scale = {0}, .zero_point = {0}}),
              HasSubstr("expected one scale above 0"));
  EXPECT_THAT(Misfit({}, Type::kInt8, {1, 8, 9, 3}, {.scale = {1, 1}, .zero_point = {0, 0}}),
              HasSubstr("expected one scale above 0"));
}

TEST(FillInput, APictureWithoutPixelsIsRefused) {
  Tensor tensor(Type::kFloat32, {1, 1, 1, 3});
  EXPECT_EQ(FillInput(Image{}, {}, {}, tensor.view()).error().code, Code::kInvalidArgument);
}

TEST(FillInput, YuvGoesInAsItsRgbPictureWould) {
  std::mt19937 random(5);
  for (const auto& [width, height] : {std::pair{31, 17}, {64, 48}, {9, 40}}) {
    for (const auto format : {PixelFormat::kI420, PixelFormat::kNv12, PixelFormat::kYuyv}) {
      Pixels pixels{.format = format, .width = width, .height = height};
      pixels.bytes.resize(BytesOf(format, width, height));
      for (uint8_t& byte : pixels.bytes) byte = static_cast<uint8_t>(96 + random() % 64);
      const InputCard card{
          .width = 13, .height = 21, .colour = ColourOrder::kBgr, .scale = {1, 1, 1}};
      Tensor from_yuv(Type::kFloat32, {1, 21, 13, 3});
      Tensor from_rgb(Type::kFloat32, {1, 21, 13, 3});
      ASSERT_TRUE(FillInput(pixels.view(), card, {}, from_yuv.view()).has_value());
      ASSERT_TRUE(FillInput(ToImage(pixels.view()).value(), card, {}, from_rgb.view()).has_value());
      for (size_t k = 0; k < from_rgb.as<float>().size(); ++k) {
        ASSERT_NEAR(from_yuv.as<float>()[k], from_rgb.as<float>()[k], .51) << k;
      }
    }
  }
}

}  // namespace
}  // namespace brink::vision

#include "brink/kernels/convert.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

template <class From, class To>
std::vector<To> Converted(const std::vector<From>& values, Type from = TypeOf<From>(),
                          Type to = TypeOf<To>()) {
  std::vector<To> result(values.size());
  Convert(from, values.data(), to, result.data(), std::ssize(values), Backwards(2));
  return result;
}

TEST(Convert, FloatsAreCutAndSaturate) {
  const std::vector<float> x = {1.9F, -1.9F, 300, -300, std::nanf(""), 1e30F, -1e30F};
  EXPECT_EQ((Converted<float, int8_t>(x)), (std::vector<int8_t>{1, -1, 127, -128, 0, 127, -128}));
  EXPECT_EQ((Converted<float, uint8_t>(x)), (std::vector<uint8_t>{1, 0, 255, 0, 0, 255, 0}));
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ((Converted<float, int64_t>(x))[5], kMost);
  EXPECT_EQ((Converted<float, int64_t>(x))[6], std::numeric_limits<int64_t>::min());
}

TEST(Convert, IntegersWrapAndWiden) {
  EXPECT_EQ((Converted<int32_t, int8_t>({130, -1})), (std::vector<int8_t>{-126, -1}));
  EXPECT_EQ((Converted<int8_t, uint32_t>({-1})), (std::vector<uint32_t>{0xFFFFFFFF}));
  EXPECT_EQ((Converted<int64_t, float>({1, -7})), (std::vector<float>{1, -7}));
  EXPECT_EQ((Converted<uint16_t, int64_t>({65535})), (std::vector<int64_t>{65535}));
}

TEST(Convert, BoolsAreZeroOrOne) {
  EXPECT_EQ((Converted<float, uint8_t>({0, -0.0F, 0.5F}, Type::kFloat32, Type::kBool)),
            (std::vector<uint8_t>{0, 0, 1}));
  EXPECT_EQ((Converted<uint8_t, float>({0, 1, 7}, Type::kBool, Type::kFloat32)),
            (std::vector<float>{0, 1, 1}));
}

TEST(Convert, SmallTypesComeBack) {
  Random random(161);
  std::vector<float> values(1001);
  for (float& value : values) value = static_cast<float>(random.Int(-8, 7));
  for (const Type type : {Type::kInt4, Type::kFloat16, Type::kBFloat16, Type::kComplex64,
                          Type::kInt8, Type::kInt16, Type::kFloat64}) {
    std::vector<uint8_t> stored(values.size() * 8 + 8, 0x5A);
    std::vector<float> back(values.size());
    Convert(Type::kFloat32, values.data(), type, stored.data(), std::ssize(values), Backwards(2));
    EXPECT_EQ(stored.back(), 0x5A);
    Convert(type, stored.data(), Type::kFloat32, back.data(), std::ssize(values), Backwards(2));
    EXPECT_EQ(back, values) << TypeName(type);
  }
}

// Every conversion as the definition says, element by element, on every CPU target.
template <class From, class To>
void ExpectConverted(Type from, Type to, const std::vector<From>& values) {
  ForEachTarget([&](const std::string& target) {
    std::vector<To> got(values.size() + 1, To{90});
    Convert(from, values.data(), to, got.data(), std::ssize(values), Backwards(2));
    EXPECT_EQ(got.back(), To{90});
    for (size_t i = 0; i < values.size(); ++i) {
      To want{};
      Convert(from, &values[i], to, &want, 1, {});
      ASSERT_EQ(got[i], want) << target << " " << TypeName(from) << " to " << TypeName(to) << " "
                              << +values[i];
    }
  });
}

template <class To, class From>
void ExpectInteger(Type from, Type to, const std::vector<From>& values) {
  const bool is_bool = from == Type::kBool || to == Type::kBool;
  ForEachTarget([&](const std::string& target) {
    std::vector<To> got(values.size() + 1, To{90});
    Convert(from, values.data(), to, got.data(), std::ssize(values), Backwards(2));
    EXPECT_EQ(got.back(), To{90});
    for (size_t i = 0; i < values.size(); ++i) {
      const To want = is_bool ? To{values[i] != 0} : static_cast<To>(values[i]);
      ASSERT_EQ(got[i], want) << target << " " << TypeName(from) << " to " << TypeName(to) << " "
                              << +values[i];
    }
  });
}

template <class From>
void ExpectIntegers(Type from, const std::vector<From>& values) {
  ExpectInteger<uint8_t>(from, Type::kBool, values);
  ExpectInteger<int8_t>(from, Type::kInt8, values);
  ExpectInteger<uint8_t>(from, Type::kUInt8, values);
  ExpectInteger<int32_t>(from, Type::kInt32, values);
  ExpectInteger<int64_t>(from, Type::kInt64, values);
}

TEST(Convert, VectorsGiveWhatEachElementGives) {
  Random random(162);
  constexpr size_t kCount = 40003;
  const auto integers = [&](auto type) {
    return random.Bytes<decltype(type)>(static_cast<int64_t>(kCount));
  };
  ExpectConverted<uint8_t, float>(Type::kBool, Type::kFloat32, integers(uint8_t{}));
  ExpectConverted<int16_t, float>(Type::kInt16, Type::kFloat32, integers(int16_t{}));
  ExpectConverted<uint16_t, float>(Type::kUInt16, Type::kFloat32, integers(uint16_t{}));
  ExpectConverted<int32_t, float>(Type::kInt32, Type::kFloat32, integers(int32_t{}));
  std::vector<int64_t> wide(kCount);
  for (int64_t& value : wide) value = int64_t{random.Int(-(1 << 29), 1 << 29)} << random.Int(0, 30);
  ExpectConverted<int64_t, float>(Type::kInt64, Type::kFloat32, wide);
  std::vector<float> floats = random.Floats(static_cast<int64_t>(kCount), -300, 300);
  for (size_t i = 0; i < kCount; i += 5)
    floats[i] *= 0x1p20F * static_cast<float>(random.Int(1, 900));
  for (size_t i = 0; i < kCount; i += 1001) floats[i] = std::nanf("");
  ExpectConverted<float, int8_t>(Type::kFloat32, Type::kInt8, floats);
  ExpectConverted<float, uint8_t>(Type::kFloat32, Type::kUInt8, floats);
  ExpectConverted<float, int32_t>(Type::kFloat32, Type::kInt32, floats);
  ExpectInteger<uint8_t>(Type::kFloat32, Type::kBool, floats);
}

TEST(Convert, VectorsOfIntegersWrapAndWidenToo) {
  Random random(163);
  constexpr int64_t kCount = 20003;
  const std::vector<uint8_t> bytes = random.Bytes<uint8_t>(kCount);
  ExpectIntegers(Type::kBool, bytes);
  ExpectIntegers(Type::kUInt8, bytes);
  ExpectIntegers(Type::kInt8, random.Bytes<int8_t>(kCount));
  std::vector<int32_t> ints(kCount);
  std::vector<int64_t> wide(kCount);
  for (size_t i = 0; i < ints.size(); ++i) {
    ints[i] = random.Int(-(1 << 29), 1 << 29) * random.Int(0, 3);
    wide[i] = int64_t{random.Int(-(1 << 29), 1 << 29)} << random.Int(0, 30);
  }
  ExpectIntegers(Type::kInt32, ints);
  ExpectIntegers(Type::kInt64, wide);
}

TEST(Requantize, IsTheRealNumberRounded) {
  const std::vector<int16_t> x = {-32768, -100, 0, 99, 32767};
  std::vector<int8_t> got(x.size());
  Requantize({.from = Type::kInt16,
              .to = Type::kInt8,
              .output_zero_point = 3,
              .multiplier = QuantizeMultiplier(0.25)},
             x.data(), got.data(), std::ssize(x), {});
  EXPECT_EQ(got, (std::vector<int8_t>{-128, -22, 3, 28, 127}));
}

TEST(Requantize, HalfBytesBecomeFloats) {
  const std::vector<uint8_t> x = {0x8F, 0x07};
  std::vector<float> got(3);
  Dequantize(Type::kInt4, {0.5F, 1}, x.data(), got.data(), 3, Backwards(2));
  EXPECT_EQ(got, (std::vector<float>{-1, -4.5F, 3}));
}

template <class T>
void ExpectEachChannelsScale(int64_t inner) {
  const std::vector<float> scales = {1, 10, 0.5F};
  const std::vector<int64_t> zeros = {0, 1, -3};
  constexpr int64_t kOuter = 2;
  std::vector<T> stored(static_cast<size_t>(kOuter * 3 * inner));
  std::vector<float> want;
  for (size_t i = 0; i < stored.size(); ++i) {
    stored[i] = static_cast<T>(37 * i);
    const size_t channel = i / static_cast<size_t>(inner) % 3;
    want.push_back(scales[channel] * static_cast<float>(stored[i] - zeros[channel]));
  }
  std::vector<float> got(stored.size());
  Dequantize(TypeOf<T>(), {.outer = kOuter, .inner = inner, .scales = scales, .zero_points = zeros},
             stored.data(), got.data());
  EXPECT_EQ(got, want) << inner;
}

TEST(Requantize, ChannelsHaveTheirOwnScales) {
  for (const int64_t inner : {1, 2, 15, 16, 100}) {
    ExpectEachChannelsScale<int8_t>(inner);
    ExpectEachChannelsScale<uint8_t>(inner);
    ExpectEachChannelsScale<int16_t>(inner);
  }
}

}  // namespace
}  // namespace brink::kernels

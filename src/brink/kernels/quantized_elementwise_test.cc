#include "brink/kernels/quantized_elementwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "brink/kernels/activation_tables.h"
#include "brink/kernels/byte_lines.h"
#include "brink/kernels/random_problem.h"
#include "brink/kernels/reference/elementwise.h"

namespace brink::kernels {
namespace {

template <class T>
Affine RandomAffine(Random& random) {
  const IntRange range = TypeRange(TypeOf<T>());
  const bool is_short = sizeof(T) == 2;  // whose zero point is 0
  return {random.Float(0.001F, 0.3F), is_short ? 0 : random.Int(range.low, range.high)};
}

template <class T>
void ExpectExactAdd(uint32_t seed) {
  ForEachTarget([&](const std::string& target) {
    Random random(seed);
    for (int i = 0; i < 100 && !testing::Test::HasFailure(); ++i) {
      Shape a_shape = {random.Int(1, 3), random.Int(1, 40), random.Int(1, 70)};
      if (random.Chance(20)) a_shape = {1, random.Int(100, 2000), random.Int(1, 30)};
      Shape b_shape = a_shape;
      if (random.Chance(50)) b_shape[random.Int(0, 2)] = 1;
      const Broadcast broadcast = MakeBroadcast(a_shape, b_shape);
      const auto a = random.Bytes<T>(a_shape.elements());
      const auto b = random.Bytes<T>(b_shape.elements());
      IntRange range = TypeRange(TypeOf<T>());
      if (random.Chance(40)) range.low += 100;
      const Affine affine[] = {RandomAffine<T>(random), RandomAffine<T>(random),
                               RandomAffine<T>(random)};
      std::vector<T> want(a.size()), got(a.size());
      const int shift = sizeof(T) == 1 ? 20 : 15;
      const auto add = random.Chance(50)
                           ? MakeQuantizedAdd(affine[0], affine[1], affine[2], range, shift)
                           : MakeQuantizedSub(affine[0], affine[1], affine[2], range, shift);
      reference::Add(add, broadcast, QuantizedBinaryArguments<T>{a.data(), b.data(), want.data()});
      Add(add, broadcast, QuantizedBinaryArguments<T>{a.data(), b.data(), got.data()},
          Backwards(2));
      ASSERT_EQ(got, want) << target << " add " << a_shape.ToString() << b_shape.ToString();
      const auto mul = MakeQuantizedMul(affine[0], affine[1], affine[2], range);
      reference::Mul(mul, broadcast, QuantizedBinaryArguments<T>{a.data(), b.data(), want.data()});
      Mul(mul, broadcast, QuantizedBinaryArguments<T>{a.data(), b.data(), got.data()},
          Backwards(2));
      ASSERT_EQ(got, want) << target << " mul " << a_shape.ToString() << b_shape.ToString();
    }
  });
}

TEST(QuantizedElementwise, SignedArithmeticIsExact) { ExpectExactAdd<int8_t>(61); }
TEST(QuantizedElementwise, UnsignedArithmeticIsExact) { ExpectExactAdd<uint8_t>(62); }
TEST(QuantizedElementwise, ShortArithmeticIsExact) { ExpectExactAdd<int16_t>(64); }

// Multipliers of many sizes, every second a power of two so that many results are ties.
template <class T>
void ExpectEveryPairExact(uint32_t seed) {
  std::vector<T> bytes(256);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<T>(i);
  const Broadcast broadcast = MakeBroadcast({256, 1}, {256});
  const IntRange range = TypeRange(TypeOf<T>());
  ForEachTarget([&](const std::string& target) {
    Random random(seed);
    for (int i = 0; i < 50 && !testing::Test::HasFailure(); ++i) {
      const float scale = i % 2 == 0 ? 1 : random.Float(0.5F, 1);
      const Affine a{1, RandomAffine<T>(random).zero_point};
      const Affine b{scale, RandomAffine<T>(random).zero_point};
      const Affine output{std::ldexp(1.0F, 14 - i), RandomAffine<T>(random).zero_point};
      std::vector<T> want(256 * 256), got(want.size());
      const QuantizedBinaryArguments<T> wants{bytes.data(), bytes.data(), want.data()};
      const QuantizedBinaryArguments<T> gets{bytes.data(), bytes.data(), got.data()};
      reference::Mul(MakeQuantizedMul(a, b, output, range), broadcast, wants);
      Mul(MakeQuantizedMul(a, b, output, range), broadcast, gets, {});
      ASSERT_EQ(got, want) << target << " mul " << i;
      reference::Add(MakeQuantizedAdd(a, b, output, range), broadcast, wants);
      Add(MakeQuantizedAdd(a, b, output, range), broadcast, gets, {});
      ASSERT_EQ(got, want) << target << " add " << i;
    }
  });
}

TEST(QuantizedElementwise, EveryPairOfBytesIsExact) {
  ExpectEveryPairExact<int8_t>(66);
  ExpectEveryPairExact<uint8_t>(67);
}

// Of the larger scale, or of two that are equal, fixed point takes exactly half.
template <class T>
void ExpectExactSumsOfEveryPair(IntRange range) {
  std::vector<T> a(1 << 16), b(a.size()), want(a.size()), got(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<T>(i);
    b[i] = static_cast<T>(i >> 8);
  }
  const Broadcast broadcast = MakeBroadcast({1 << 16}, {1 << 16});
  for (const float scale : {0.01F, 0.05F, 0.1F, 0.2F, 0.31F}) {
    for (const float output : {0.003F, 0.1F, 0.29F}) {
      const Affine of[] = {{0.1F, range.low + 20}, {scale, range.high - 3}, {output, range.low}};
      for (const auto& sum : {MakeQuantizedAdd(of[0], of[1], of[2], range),
                              MakeQuantizedSub(of[0], of[1], of[2], range)}) {
        reference::Add(sum, broadcast, {a.data(), b.data(), want.data()});
        Add(sum, broadcast, {a.data(), b.data(), got.data()}, {});
        ASSERT_EQ(got, want) << scale << " " << output;
      }
    }
  }
}

TEST(QuantizedElementwise, SumsAreExactWhicheverScaleIsLarger) {
  ForEachTarget([](const std::string&) {
    ExpectExactSumsOfEveryPair<int8_t>({-128, 127});
    ExpectExactSumsOfEveryPair<uint8_t>({0, 255});
  });
}

TEST(QuantizedElementwise, MostProductsAreCertainByAnEstimate) {
  Random random(69);
  int certain = 0;
  for (int i = 0; i < 100; ++i) {
    const Affine inputs[] = {RandomAffine<int8_t>(random), RandomAffine<int8_t>(random)};
    const Affine output{127 * inputs[0].scale * inputs[1].scale, random.Int(-128, 127)};
    if (MakeQuantizedMul(inputs[0], inputs[1], output, {-128, 127}).certain) ++certain;
  }
  EXPECT_GT(certain, 50);
}

// As those of real models: a sum's scale is near the larger one's.
template <class T>
int CertainSums(uint32_t seed, int count) {
  Random random(seed);
  std::vector<T> bytes(256);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<T>(i);
  const Broadcast broadcast = MakeBroadcast({256, 1}, {256});
  int certain = 0;
  for (int i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    IntRange range = TypeRange(TypeOf<T>());
    if (i % 3 == 0) range.low += 40;
    const auto affine = [&](float scale) {
      return Affine{scale, RandomAffine<T>(random).zero_point};
    };
    const Affine a = affine(random.Float(0.01F, 0.1F));
    const Affine b = affine(random.Float(0.01F, 0.1F));
    // Some sums are much larger than what bytes hold.
    const float ratio = i % 5 == 0 ? random.Float(0.2F, 0.4F) : random.Float(0.6F, 2);
    const Affine output = affine(std::max(a.scale, b.scale) * ratio);
    QuantizedAdd sum =
        i % 2 == 0 ? MakeQuantizedAdd(a, b, output, range) : MakeQuantizedSub(a, b, output, range);
    FindCertainty(sum, std::is_signed_v<T>);
    if (!sum.certain) continue;
    ++certain;
    std::vector<T> want(256 * 256), got(want.size());
    reference::Add(sum, broadcast, {bytes.data(), bytes.data(), want.data()});
    ForEachTarget([&](const std::string& target) {
      Add(sum, broadcast, {bytes.data(), bytes.data(), got.data()}, {});
      ASSERT_EQ(got, want) << target << " sum " << i;
    });
  }
  return certain;
}

TEST(QuantizedElementwise, MostSumsAreCertainByAnEstimateAndExact) {
  EXPECT_GT(CertainSums<int8_t>(181, 60), 40);
#if defined(__x86_64__)
  EXPECT_GT(CertainSums<uint8_t>(182, 60), 40);
#endif
}

TEST(QuantizedElementwise, ArithmeticRunsInPlace) {
  ForEachTarget([](const std::string& target) {
    Random random(68);
    for (const int64_t length : {1, 3, 15, 16, 17, 33, 64, 65, 200, 1000}) {
      const Broadcast broadcast = MakeBroadcast({5, length}, {5, 1});
      const auto a = random.Bytes<int8_t>(5 * length);
      const auto b = random.Bytes<int8_t>(5);
      const auto add = MakeQuantizedAdd({0.1F, 3}, {0.07F, -9}, {0.13F, 5}, {-128, 127});
      std::vector<int8_t> want(a.size()), got = a;
      reference::Add(add, broadcast, {a.data(), b.data(), want.data()});
      Add(add, broadcast, {got.data(), b.data(), got.data()}, Backwards(2));
      ASSERT_EQ(got, want) << target << " " << length;
    }
  });
}

TEST(QuantizedElementwise, AddIsTheRealSumRounded) {
  const Affine a{0.1F, 3};
  const Affine b{0.05F, -7};
  const Affine output{0.2F, 1};
  const auto add = MakeQuantizedAdd(a, b, output, {-128, 127});
  for (int x = -128; x < 128; x += 5) {
    for (int y = -128; y < 128; y += 7) {
      const auto stored_a = static_cast<int8_t>(x);
      const auto stored_b = static_cast<int8_t>(y);
      int8_t got = 0;
      Add(add, MakeBroadcast({1}, {1}), {&stored_a, &stored_b, &got}, {});
      const double real = 0.1 * (x - 3) + 0.05 * (y + 7);
      EXPECT_NEAR(got, std::clamp(real / 0.2 + 1, -128.0, 127.0), 0.51);
    }
  }
}

TEST(QuantizedElementwise, QuantizeAgreesWithTheReference) {
  ForEachTarget([](const std::string& target) {
    Random random(63);
    for (const Type type : {Type::kInt8, Type::kUInt8, Type::kInt16}) {
      for (const int64_t count : {1, 7, 16, 1000, 70000}) {
        const QuantizedType output{type, {random.Float(0.01F, 0.2F), type == Type::kInt8 ? -5 : 9}};
        auto input = random.Floats(count, -30, 30);
        for (size_t i = 0; i < input.size(); i += 11) input[i] *= 200;  // to where 16 bits end
        // Ties, in the first half only, and what no integer holds.
        for (size_t i = 0; i < input.size() / 2; i += 5) {
          input[i] = output.affine.scale * (static_cast<float>(random.Int(-99, 99)) + 0.5F);
        }
        if (count > 6) {
          input[1] = std::numeric_limits<float>::infinity();
          input[2] = -1e30F;
          input[3] = std::nanf("");
          input[input.size() - 2] = -std::numeric_limits<float>::infinity();
        }
        // Within a float's last bits of a tie.
        for (size_t i = input.size() / 2; i + 200 < input.size(); i += 301) {
          const float tie = output.affine.scale * (static_cast<float>(random.Int(-99, 99)) + 0.5F);
          input[i] = std::nextafter(tie, random.Chance(50) ? -9e9F : 9e9F);
        }
        const size_t bytes = input.size() * static_cast<size_t>(TypeBits(type) / 8);
        std::vector<uint8_t> want(bytes), got(bytes);
        reference::Quantize(output, input.data(), want.data(), count);
        Quantize(output, input.data(), got.data(), count, Backwards(2));
        ASSERT_EQ(got, want) << target;
        std::vector<float> real(input.size()), back(input.size());
        reference::Dequantize(output, got.data(), real.data(), count);
        Dequantize(output, got.data(), back.data(), count, Backwards(2));
        ASSERT_EQ(back, real) << target;
      }
    }
  });
}

TEST(ByteTable, EveryByteIsLookedUpInPlaceToo) {
  ForEachTarget([](const std::string& target) {
    Random random(65);
    for (const int64_t count : {1, 15, 16, 63, 64, 65, 511, 512, 1000, 70001}) {
      ByteTable table{};
      for (uint8_t& entry : table) entry = static_cast<uint8_t>(random.Int(0, 255));
      auto bytes = random.Bytes<uint8_t>(count);
      std::vector<uint8_t> want, got(bytes.size() + 1, 77);
      for (const uint8_t byte : bytes) want.push_back(table[byte]);
      ApplyTable(table, {bytes.data(), got.data(), count}, Backwards(2));
      EXPECT_EQ(got.back(), 77);
      got.pop_back();
      ASSERT_EQ(got, want) << target;
      ApplyTable(table, {bytes.data(), bytes.data(), count}, Backwards(2));
      ASSERT_EQ(bytes, want) << target << " in place";
    }
  });
}

QuantizedType RandomBytes(Random& random) {
  const Type type = random.Chance(50) ? Type::kInt8 : Type::kUInt8;
  const IntRange range = TypeRange(type);
  return {type, {random.Float(0.01F, 0.03F), random.Int(range.low, range.high)}};
}

// That all bytes, also in place, become what the table has.
void ExpectTable(const ByteLines& lines, const ByteTable& table, Random& random) {
  for (const int64_t count : {1, 15, 64, 65, 1000, 70001}) {
    auto bytes = random.Bytes<uint8_t>(count);
    for (size_t i = 0; i < std::min<size_t>(256, bytes.size()); ++i)
      bytes[i] = static_cast<uint8_t>(i);
    std::vector<uint8_t> want, got(bytes.size() + 1, 77);
    for (const uint8_t byte : bytes) want.push_back(table[byte]);
    ApplyLines(lines, {bytes.data(), got.data(), count}, Backwards(2));
    EXPECT_EQ(got.back(), 77);
    got.pop_back();
    ASSERT_EQ(got, want);
    ApplyLines(lines, {bytes.data(), bytes.data(), count}, Backwards(2));
    ASSERT_EQ(bytes, want) << "in place";
  }
}

bool HasLines(const std::string& target) {
  return target == "sse4" || target == "avx2" || target == "avx3";
}

TEST(ByteLines, GiveEveryResultOfMostScales) {
  ForEachTarget([](const std::string& target) {
    Random random(71);
    int fitted = 0;
    for (int i = 0; i < 200 && !testing::Test::HasFailure(); ++i) {
      const QuantizedType from = RandomBytes(random);
      const QuantizedType to = RandomBytes(random);
      const double slope = static_cast<double>(from.affine.scale / to.affine.scale);
      const ByteTable table = RequantizeTable(from, to, Activation::kNone);
      const auto lines = FitLines(table, from.type, to.type, {.above = slope});
      if (!lines) continue;
      ++fitted;
      ExpectTable(*lines, table, random);
    }
    EXPECT_GT(fitted, HasLines(target) ? 150 : -1) << target;
  });
}

TEST(ByteLines, BendWhereSlopesGrow) {
  ForEachTarget([](const std::string& target) {
    Random random(72);
    int fitted = 0;
    for (int i = 0; i < 200 && !testing::Test::HasFailure(); ++i) {
      const QuantizedType from = RandomBytes(random);
      const QuantizedType to = {from.type, RandomBytes(random).affine};
      const float alpha = random.Chance(80) ? random.Float(0, 0.5F) : random.Float(-2, 2);
      const double slope = static_cast<double>(from.affine.scale / to.affine.scale);
      const ByteTable table = LeakyReluTable(from, to, alpha);
      const auto lines =
          FitLines(table, from.type, to.type,
                   {static_cast<double>(alpha) * slope, slope, from.affine.zero_point});
      if (!lines) continue;
      ++fitted;
      ExpectTable(*lines, table, random);
    }
    EXPECT_GT(fitted, HasLines(target) ? 110 : -1) << target;
  });
}

TEST(ByteLines, AreNotForOtherFunctions) {
  ForEachTarget([](const std::string& target) {
    const QuantizedType type{Type::kInt8, {0.03F, 0}};
    EXPECT_FALSE(FitLines(TanhTable(type, type), type.type, type.type, {.above = 1})) << target;
    EXPECT_FALSE(FitLines(TanhTable(type, type), type.type, type.type, {0, 1, 0})) << target;
  });
}

TEST(ByteTable, LogisticRoundsTheRealFunction) {
  const ByteTable table =
      LogisticTable({Type::kInt8, {0.1F, 10}}, {Type::kInt8, {1.0F / 256, -128}});
  for (int x = -128; x < 128; ++x) {
    const double real = 1 / (1 + std::exp(-0.1 * (x - 10)));
    const auto got = static_cast<int8_t>(table[static_cast<uint8_t>(x)]);
    EXPECT_NEAR(got, std::min(real * 256 - 128, 127.0), 0.51);
  }
}

TEST(ByteTable, ReluClampsAtTheZeroPoint) {
  const QuantizedType type{Type::kUInt8, {0.1F, 100}};
  const ByteTable relu6 = RequantizeTable(type, type, Activation::kRelu6);
  EXPECT_EQ(relu6[50], 100);
  EXPECT_EQ(relu6[130], 130);
  EXPECT_EQ(relu6[200], 160);
  EXPECT_EQ(RequantizeTable(type, type, Activation::kNone)[7], 7);
}

TEST(ByteTable, RequantizationMovesBetweenTypes) {
  const ByteTable table =
      RequantizeTable({Type::kUInt8, {0.5F, 128}}, {Type::kInt8, {0.5F, 0}}, Activation::kNone);
  for (int x = 0; x < 256; ++x) {
    EXPECT_EQ(static_cast<int8_t>(table[static_cast<size_t>(x)]), x - 128);
  }
}

TEST(ByteTable, ConcatenationScalesToTheOutput) {
  const ByteTable table = ConcatenationTable({Type::kUInt8, {0.5F, 10}}, {Type::kUInt8, {1.0F, 0}});
  EXPECT_EQ(table[10], 0);
  EXPECT_EQ(table[30], 10);
  EXPECT_EQ(table[0], 0);
}

TEST(ByteTable, HostileScalesDoNotOverflow) {
  for (const float scale :
       {0.0F, 1e-38F, 1e38F, std::numeric_limits<float>::infinity(), std::nanf(""), -1.0F}) {
    const QuantizedType odd{Type::kInt8, {scale, 127}};
    const QuantizedType plain{Type::kInt8, {0.1F, -128}};
    RequantizeTable(odd, plain, Activation::kRelu6);
    RequantizeTable(plain, odd, Activation::kReluN1To1);
    ConcatenationTable(odd, plain);
    ConcatenationTable(plain, odd);
    LogisticTable(odd, odd);
    const int8_t a = 127;
    int8_t output = 0;
    Add(MakeQuantizedAdd(odd.affine, plain.affine, odd.affine, {-128, 127}),
        MakeBroadcast({1}, {1}), {&a, &a, &output}, {});
    Mul(MakeQuantizedMul(odd.affine, plain.affine, odd.affine, {-128, 127}),
        MakeBroadcast({1}, {1}), {&a, &a, &output}, {});
  }
}

}  // namespace
}  // namespace brink::kernels

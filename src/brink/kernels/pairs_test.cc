// Operators with two or three broadcast inputs that are not float32 arithmetic.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "brink/kernels/compare.h"
#include "brink/kernels/float_pairs.h"
#include "brink/kernels/integer_elementwise.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

// A shape and two that stretch to it.
struct Shapes {
  Shape full, a, b;
};

Shapes RandomShapes(Random& random) {
  Shapes shapes;
  const int rank = random.Int(0, 6);
  const int long_axis = random.Int(0, 2 * rank);  // often none
  for (int i = 0; i < rank; ++i) {
    const int64_t extent = i == long_axis ? random.Int(10, 40) : random.Int(1, 3);
    shapes.full.Append(extent);
    shapes.a.Append(random.Chance(25) ? 1 : extent);
    shapes.b.Append(shapes.a[i] == 1 || random.Chance(75) ? extent : 1);
  }
  return shapes;
}

// The element of `shape` that stands at element `index` of `full`.
size_t ElementAt(const Shape& full, const Shape& shape, int64_t index) {
  int64_t offset = 0;
  int64_t step = 1;
  for (int axis = full.rank() - 1; axis >= 0; --axis) {
    const int own = axis - full.rank() + shape.rank();
    const int64_t here = index % full[axis];
    index /= full[axis];
    if (own < 0) continue;
    offset += shape[own] == 1 ? 0 : here * step;
    step *= shape[own];
  }
  return static_cast<size_t>(offset);
}

template <class T, class Function, class Run>
void ExpectPairs(uint32_t seed, Function function, Run run) {
  Random random(seed);
  for (int i = 0; i < 60 && !testing::Test::HasFailure(); ++i) {
    const Shapes shapes = RandomShapes(random);
    auto a = random.Bytes<T>(shapes.a.elements());
    auto b = random.Bytes<T>(shapes.b.elements());
    for (T& value : b) value = value == 0 ? T{1} : value;
    using Out = decltype(function(T{}, T{}));
    std::vector<Out> got(static_cast<size_t>(shapes.full.elements()));
    run(MakeBroadcast(shapes.a, shapes.b), a.data(), b.data(), got.data());
    for (int64_t at = 0; at < shapes.full.elements(); ++at) {
      const T x = a[ElementAt(shapes.full, shapes.a, at)];
      const T y = b[ElementAt(shapes.full, shapes.b, at)];
      ASSERT_EQ(got[static_cast<size_t>(at)], function(x, y)) << +x << " " << +y;
    }
  }
}

template <class T, class Function>
void ExpectInteger(IntegerOp op, Function function) {
  ExpectPairs<T>(
      101 + static_cast<uint32_t>(op),
      [&](T a, T b) { return static_cast<T>(function(int64_t{a}, int64_t{b})); },
      [&](const Broadcast& broadcast, const T* a, const T* b, T* output) {
        IntegerBinary<T>(op, broadcast, {.a = a, .b = b, .output = output}, Backwards(2));
      });
}

template <class T>
void ExpectIntegers() {
  // 64 bits hold every result of narrower types; narrowing wraps.
  ExpectInteger<T>(IntegerOp::kAdd, [](int64_t a, int64_t b) { return a + b; });
  ExpectInteger<T>(IntegerOp::kSub, [](int64_t a, int64_t b) { return a - b; });
  ExpectInteger<T>(IntegerOp::kMul, [](int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  });
  ExpectInteger<T>(IntegerOp::kDiv, [](int64_t a, int64_t b) { return a / b; });
  ExpectInteger<T>(IntegerOp::kMaximum, [](int64_t a, int64_t b) { return std::max(a, b); });
  ExpectInteger<T>(IntegerOp::kMinimum, [](int64_t a, int64_t b) { return std::min(a, b); });
  const auto floor_div = [](int64_t a, int64_t b) {
    return static_cast<int64_t>(std::floor(static_cast<double>(a) / static_cast<double>(b)));
  };
  ExpectInteger<T>(IntegerOp::kFloorDiv, floor_div);
  ExpectInteger<T>(IntegerOp::kFloorMod,
                   [&](int64_t a, int64_t b) { return a - b * floor_div(a, b); });
  ExpectInteger<T>(IntegerOp::kXor, [](int64_t a, int64_t b) { return a ^ b; });
}

TEST(IntegerBinary, SignedIntegersComputeAndWrap) {
  ExpectIntegers<int8_t>();
  ExpectIntegers<int16_t>();
  ExpectIntegers<int32_t>();
}
TEST(IntegerBinary, UnsignedIntegersComputeAndWrap) {
  ExpectIntegers<uint8_t>();
  ExpectIntegers<uint16_t>();
  ExpectIntegers<uint32_t>();
}

// Of rows as long as several vectors, where one of them may stretch and the output be an input.
template <class T>
void ExpectLongRows(IntegerOp op, T (*function)(T, T)) {
  using Bits = std::make_unsigned_t<T>;
  ForEachTarget([&](const std::string& target) {
    Random random(171);
    for (const int64_t length : {1, 15, 64, 65, 200, 20000}) {
      for (const bool stretches : {false, true}) {
        std::vector<T> a(static_cast<size_t>(3 * length));
        for (T& x : a) x = T(Bits(random.Int(-(1 << 29), 1 << 29)) * Bits{0x1234567});
        const std::vector<T> b(a.rbegin(), a.rbegin() + 3 * (stretches ? 1 : length));
        std::vector<T> want;
        for (size_t i = 0; i < a.size(); ++i)
          want.push_back(function(a[i], b[stretches ? i / static_cast<size_t>(length) : i]));
        const Broadcast broadcast = MakeBroadcast({3, length}, {3, stretches ? 1 : length});
        const IntegerArguments<T> in_place{.a = a.data(), .b = b.data(), .output = a.data()};
        IntegerBinary<T>(op, broadcast, in_place, Backwards(2));
        ASSERT_EQ(a, want) << target << " " << length << " " << stretches;
      }
    }
  });
}

template <class T>
void ExpectLongRows() {
  using Bits = std::make_unsigned_t<T>;
  ExpectLongRows<T>(IntegerOp::kAdd, [](T a, T b) { return T(Bits(a) + Bits(b)); });
  ExpectLongRows<T>(IntegerOp::kSub, [](T a, T b) { return T(Bits(a) - Bits(b)); });
  ExpectLongRows<T>(IntegerOp::kMul, [](T a, T b) { return T(Bits(a) * Bits(b)); });
  ExpectLongRows<T>(IntegerOp::kMaximum, [](T a, T b) { return std::max(a, b); });
  ExpectLongRows<T>(IntegerOp::kMinimum, [](T a, T b) { return std::min(a, b); });
}

TEST(IntegerBinary, VectorsOfWideIntegersComputeAndWrap) {
  ExpectLongRows<int32_t>();
  ExpectLongRows<int64_t>();
}

template <class T>
T One(IntegerOp op, T a, T b) {
  T result = 0;
  IntegerBinary<T>(op, MakeBroadcast({1}, {1}), {.a = &a, .b = &b, .output = &result}, {});
  return result;
}

TEST(IntegerBinary, TheLeastIntegerDoesNotTrap) {
  constexpr int32_t kLeast = std::numeric_limits<int32_t>::min();
  constexpr int64_t kLeast64 = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(One(IntegerOp::kDiv, kLeast, -1), kLeast);
  EXPECT_EQ(One(IntegerOp::kFloorDiv, kLeast64, int64_t{-1}), kLeast64);
  EXPECT_EQ(One(IntegerOp::kFloorMod, kLeast, -1), 0);
  EXPECT_EQ(One(IntegerOp::kFloorMod, 5, 0), 0);
  int32_t negated = 0;
  MapIntegers(IntegerFunction::kNeg, &kLeast, &negated, 1, {});
  EXPECT_EQ(negated, kLeast);
  MapIntegers(IntegerFunction::kAbs, &kLeast, &negated, 1, {});
  EXPECT_EQ(negated, kLeast);
}

TEST(IntegerBinary, PowersAndShifts) {
  EXPECT_EQ(One(IntegerOp::kPow, -3, 3), -27);
  EXPECT_EQ(One(IntegerOp::kPow, 7, 0), 1);
  EXPECT_EQ(One(IntegerOp::kPow, 2, -1), 0);
  EXPECT_EQ(One(IntegerOp::kPow, -1, -3), -1);
  EXPECT_EQ(One(IntegerOp::kPow, 2, 40), 0);
  EXPECT_EQ(One(IntegerOp::kRightShift, int8_t{-128}, int8_t{2}), -32);
  EXPECT_EQ(One(IntegerOp::kRightShift, int8_t{-128}, int8_t{100}), -1);
  EXPECT_EQ(One(IntegerOp::kRightShift, uint16_t{0x8000}, uint16_t{15}), 1);
  EXPECT_EQ(One(IntegerOp::kSquaredDifference, 3, -4), 49);
}

TEST(Compare, SaysWhatTheOperatorSays) {
  const auto expect = [](Comparison comparison, auto function) {
    ExpectPairs<int8_t>(
        131, [&](int8_t a, int8_t b) { return static_cast<uint8_t>(function(a, b)); },
        [&](const Broadcast& broadcast, const int8_t* a, const int8_t* b, uint8_t* output) {
          Compare<int8_t>(comparison, broadcast, {a, b, output}, Backwards(2));
        });
  };
  expect(Comparison::kEqual, [](int a, int b) { return a == b; });
  expect(Comparison::kNotEqual, [](int a, int b) { return a != b; });
  expect(Comparison::kLess, [](int a, int b) { return a < b; });
  expect(Comparison::kLessEqual, [](int a, int b) { return a <= b; });
  expect(Comparison::kGreater, [](int a, int b) { return a > b; });
  expect(Comparison::kGreaterEqual, [](int a, int b) { return a >= b; });
}

// Rows as long as several vectors, of which one side or none stretches.
template <class T>
void ExpectLongComparisons(const std::vector<T>& values) {
  ForEachTarget([&](const std::string& target) {
    const auto expect = [&](Comparison comparison, bool (*function)(T, T)) {
      for (const size_t length : {1U, 63U, 64U, 65U, 300U}) {
        for (const int stretches : {0, 1, 2}) {
          const auto count = static_cast<int64_t>(length);
          const Broadcast broadcast =
              MakeBroadcast({2, stretches == 1 ? 1 : count}, {2, stretches == 2 ? 1 : count});
          const T* a = values.data();
          const T* b = a + 2 * length;
          std::vector<uint8_t> got(2 * length);
          Compare<T>(comparison, broadcast, {a, b, got.data()}, Backwards(2));
          for (size_t i = 0; i < got.size(); ++i) {
            const bool want =
                function(a[stretches == 1 ? i / length : i], b[stretches == 2 ? i / length : i]);
            ASSERT_EQ(got[i], want ? 1 : 0) << target << " " << length << " " << stretches;
          }
        }
      }
    };
    expect(Comparison::kEqual, [](T x, T y) { return x == y; });
    expect(Comparison::kNotEqual, [](T x, T y) { return x != y; });
    expect(Comparison::kLess, [](T x, T y) { return x < y; });
    expect(Comparison::kLessEqual, [](T x, T y) { return x <= y; });
    expect(Comparison::kGreater, [](T x, T y) { return x > y; });
    expect(Comparison::kGreaterEqual, [](T x, T y) { return x >= y; });
  });
}

template <class T>
std::vector<T> FewIntegers(Random& random) {
  std::vector<T> values(1200);
  for (T& value : values)
    value = static_cast<T>(random.Int(0, 2) * (std::numeric_limits<T>::max() / 2) - 5);
  return values;
}

TEST(Compare, VectorsSayWhatTheOperatorSays) {
  Random random(132);
  ExpectLongComparisons(FewIntegers<int8_t>(random));
  ExpectLongComparisons(FewIntegers<uint8_t>(random));
  ExpectLongComparisons(FewIntegers<int16_t>(random));
  ExpectLongComparisons(FewIntegers<int32_t>(random));
  ExpectLongComparisons(FewIntegers<uint32_t>(random));
  ExpectLongComparisons(FewIntegers<int64_t>(random));
  std::vector<float> floats(1200);
  for (float& value : floats) {
    value = static_cast<float>(random.Int(-1, 1));
    if (random.Chance(10)) value = std::nanf("");
    if (random.Chance(10)) value = -0.0F;
  }
  ExpectLongComparisons(floats);
}

TEST(Compare, BytesAreWhatTablesMakeOfThem) {
  PairOfRanks ranks;
  for (int i = 0; i < 256; ++i) {
    ranks.a[static_cast<size_t>(i)] = 1000 - i;
    ranks.b[static_cast<size_t>(i)] = 300 * i;
  }
  const std::vector<uint8_t> a = {0, 100, 200, 255};
  const uint8_t b = 3;
  std::vector<uint8_t> got(4);
  CompareRanks(Comparison::kGreaterEqual, MakeBroadcast({4}, {1}), {a.data(), &b, got.data()},
               ranks, Backwards(2));
  EXPECT_EQ(got, (std::vector<uint8_t>{1, 1, 0, 0}));
}

TEST(FloatPairs, SmallPowersOfASingleExponentAreTheRealOnesRounded) {
  Random random(142);
  const auto a = random.Floats(103, -40, 40);
  std::vector<float> got(a.size());
  for (const float exponent : {2.0F, 3.0F, 1.0F}) {
    MapPairsOf(FloatPair::kPow, MakeBroadcast({103}, {}),
               {.a = a.data(), .b = &exponent, .output = got.data()}, Backwards(2));
    for (size_t i = 0; i < a.size(); ++i) {
      const auto want = static_cast<float>(std::pow(double{a[i]}, double{exponent}));
      ASSERT_EQ(got[i], want) << a[i] << " to the " << exponent;
    }
  }
  // Exponents of each element.
  const std::vector<float> exponents = {2, 3, -1};
  MapPairsOf(FloatPair::kPow, MakeBroadcast({3}, {3}),
             {.a = a.data(), .b = exponents.data(), .output = got.data()}, {});
  for (size_t i = 0; i < 3; ++i) EXPECT_FLOAT_EQ(got[i], std::pow(a[i], exponents[i]));
}

TEST(QuantizedPairs, ShiftedSumsRoundAndSaturate) {
  const std::vector<int16_t> a = {10, 32767, -32768, 5};
  const std::vector<int16_t> b = {3, 8, -6, -2};
  std::vector<int16_t> got(a.size());
  const ShiftedAdd add{.b_shift = 2, .range = {-32768, 32767}};
  Add(add, MakeBroadcast({4}, {4}), {a.data(), b.data(), got.data()}, {});
  EXPECT_EQ(got, (std::vector<int16_t>{11, 32767, -32768, 4}));
}

TEST(QuantizedPairs, QuotientsAreReal) {
  const std::vector<int8_t> a = {10, 10, 10};
  const std::vector<int8_t> b = {2, -4, 0};
  std::vector<int8_t> got(a.size());
  const QuantizedDiv div{{0.5F, 0}, {0.25F, 0}, {0.5F, 1}, {-128, 127}};
  Div<int8_t>(div, MakeBroadcast({3}, {3}), {a.data(), b.data(), got.data()}, {});
  EXPECT_EQ(got, (std::vector<int8_t>{21, -9, 127}));
}

TEST(FloatPairs, ComputeWhatTheirNamesSay) {
  const auto one = [](FloatPair pair, float a, float b) {
    float result = 0;
    MapPairsOf(pair, MakeBroadcast({1}, {1}), {&a, &b, &result, {}}, {});
    return result;
  };
  EXPECT_FLOAT_EQ(one(FloatPair::kPow, 2, 0.5F), std::sqrt(2.F));
  EXPECT_FLOAT_EQ(one(FloatPair::kAtan2, 1, -1), 2.3561945F);
  EXPECT_EQ(one(FloatPair::kFloorDiv, -7, 2), -4);
  EXPECT_EQ(one(FloatPair::kFloorMod, -7, 2), 1);
  EXPECT_EQ(one(FloatPair::kFloorMod, 7, -2), -1);
}

}  // namespace
}  // namespace brink::kernels

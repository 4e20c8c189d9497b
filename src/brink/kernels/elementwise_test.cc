#include "brink/kernels/elementwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "brink/kernels/random_problem.h"
#include "brink/kernels/reference/elementwise.h"

namespace brink::kernels {
namespace {

// How many floats lie between two, where numbers too small to be normal count as zero.
double UnitsApart(float a, float b) {
  if (a == b || std::abs(double{a} - double{b}) < std::numeric_limits<float>::min()) return 0;
  const float magnitude = std::max({std::abs(a), std::abs(b), std::numeric_limits<float>::min()});
  const float unit = std::nextafter(magnitude, INFINITY) - magnitude;
  return std::abs(double{a} - double{b}) / double{unit};
}

using Function = void (*)(const UnaryArguments&, const Parallel&);
using Reference = void (*)(const UnaryArguments&);

void ExpectWithin(double units, Function function, Reference oracle) {
  ForEachTarget([&](const std::string& target) {
    Random random(21);
    for (const int64_t count : {0, 1, 3, 15, 16, 17, 100, 40000}) {
      std::vector<float> input = random.Floats(count, -12, 12);
      for (size_t i = 0; i < input.size(); i += 7) input[i] = random.Float(-95, 95);
      std::vector<float> want(input.size()), got(input.size() + 1, -7.0F);
      oracle({input.data(), want.data(), count});
      function({input.data(), got.data(), count}, Backwards(2));
      for (size_t i = 0; i < want.size(); ++i) {
        ASSERT_LE(UnitsApart(got[i], want[i]), units) << target << " at " << input[i];
      }
      EXPECT_EQ(got.back(), -7.0F);
      function({input.data(), input.data(), count}, {});
      got.pop_back();
      EXPECT_EQ(input, got) << "in place";
    }
  });
}

TEST(Elementwise, LogisticIsAccurate) { ExpectWithin(4, Logistic, reference::Logistic); }
TEST(Elementwise, TanhIsAccurate) { ExpectWithin(6, Tanh, reference::Tanh); }

TEST(Elementwise, ExtremesKeepTheirMeaning) {
  ForEachTarget([](const std::string& target) {
    const float infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> input = {infinity, -infinity, std::nanf(""), 0, -0.0F, 1e30F, -1e30F};
    std::vector<float> output(input.size());
    const UnaryArguments arguments{input.data(), output.data(), std::ssize(input)};
    Logistic(arguments, {});
    EXPECT_EQ(output[0], 1.0F) << target;
    EXPECT_EQ(output[1], 0.0F) << target;
    EXPECT_TRUE(std::isnan(output[2])) << target;
    EXPECT_EQ(output[3], 0.5F) << target;
    EXPECT_EQ(output[6], 0.0F) << target;
    Tanh(arguments, {});
    EXPECT_EQ(output[0], 1.0F) << target;
    EXPECT_EQ(output[1], -1.0F) << target;
    EXPECT_TRUE(std::isnan(output[2])) << target;
    EXPECT_EQ(output[3], 0.0F) << target;
    Clamp({0, 6}, arguments, {});
    EXPECT_EQ(output[0], 6.0F) << target;
    EXPECT_TRUE(std::isnan(output[2])) << target;
  });
}

TEST(Elementwise, TanhRisesToOneAndNoFurther) {
  ForEachTarget([](const std::string& target) {
    std::vector<float> input;
    for (int i = 3 << 17; i < 12 << 17; ++i) input.push_back(static_cast<float>(i) * 0x1p-17F);
    std::vector<float> got(input.size());
    Tanh({input.data(), got.data(), std::ssize(input)}, {});
    for (size_t i = 0; i < input.size(); ++i) {
      ASSERT_LE(got[i], 1.0F) << target << " at " << input[i];
      ASSERT_NEAR(got[i], std::tanh(double{input[i]}), 6.1 * 0x1p-24)
          << target << " at " << input[i];
    }
    EXPECT_EQ(got.back(), 1.0F);
  });
}

Shape RandomShapeOf(Random& random) {
  Shape shape;
  const int rank = random.Int(0, 7);
  for (int i = 0; i < rank; ++i)
    shape.Append(random.Chance(20) ? random.Int(10, 40) : random.Int(1, 4));
  return shape;
}

// Either shape loses leading axes and keeps others only as 1, at random.
Shape Stretchable(Random& random, const Shape& full) {
  Shape shape;
  for (int axis = random.Chance(30) ? random.Int(0, full.rank()) : 0; axis < full.rank(); ++axis) {
    shape.Append(random.Chance(30) ? 1 : full[axis]);
  }
  return shape;
}

TEST(Elementwise, BinaryOperatorsAgreeWithTheReferenceUnderBroadcasting) {
  ForEachTarget([](const std::string& target) {
    Random random(22);
    for (int i = 0; i < 200 && !testing::Test::HasFailure(); ++i) {
      const Shape full = RandomShapeOf(random);
      const Shape a_shape = Stretchable(random, full);
      const Shape b_shape = random.Chance(30) ? a_shape : Stretchable(random, full);
      const Broadcast broadcast = MakeBroadcast(a_shape, b_shape);
      const auto a = random.Floats(a_shape.elements());
      const auto b = random.Floats(b_shape.elements());
      const auto elements = static_cast<size_t>(broadcast.elements());
      std::vector<float> want(elements), got(elements);
      BinaryArguments arguments{a.data(), b.data(), want.data(), {}};
      if (random.Chance(50)) arguments.range = {0, 0.5F};
      const auto op = static_cast<BinaryOp>(random.Int(0, 7));
      reference::Binary(op, broadcast, arguments);
      arguments.output = got.data();
      Binary(op, broadcast, arguments, Backwards(2));
      ASSERT_EQ(got, want) << target << " operator " << static_cast<int>(op) << " "
                           << a_shape.ToString() << " " << b_shape.ToString();
    }
  });
}

TEST(Elementwise, AShortVectorMeetsEveryRowOfALongTensor) {
  ForEachTarget([](const std::string& target) {
    Random random(24);
    for (const int64_t length : {1, 2, 3, 16, 28, 100, 255, 256, 257}) {
      for (const int64_t rows : {1, 2, 9, 1000, 1025}) {
        const auto whole = random.Floats(rows * length);
        const auto vector = random.Floats(length);
        const bool first = random.Chance(50);
        const Broadcast broadcast = first ? MakeBroadcast({length}, {rows, length})
                                          : MakeBroadcast({rows, length}, {length});
        std::vector<float> want(whole.size());
        auto got = whole;  // in place
        const auto arguments = [&](const float* large, float* output) {
          return BinaryArguments{
              first ? vector.data() : large, first ? large : vector.data(), output, {}};
        };
        reference::Binary(BinaryOp::kSub, broadcast, arguments(whole.data(), want.data()));
        Binary(BinaryOp::kSub, broadcast, arguments(got.data(), got.data()), Backwards(2));
        ASSERT_EQ(got, want) << target << " " << rows << " x " << length;
      }
    }
  });
}

TEST(Elementwise, EveryRowMeetsAValueOfItsOwn) {
  ForEachTarget([](const std::string& target) {
    Random random(25);
    for (const int64_t length : {2, 15, 16, 33, 64, 65, 300}) {
      for (const int64_t rows : {1, 9, 1025}) {
        const auto whole = random.Floats(rows * length);
        const auto values = random.Floats(rows);
        const Broadcast broadcast = MakeBroadcast({rows, length}, {rows, 1});
        std::vector<float> want(whole.size());
        auto got = whole;  // in place
        reference::Binary(BinaryOp::kSub, broadcast,
                          {whole.data(), values.data(), want.data(), {}});
        Binary(BinaryOp::kSub, broadcast, {got.data(), values.data(), got.data(), {}},
               Backwards(2));
        ASSERT_EQ(got, want) << target << " " << rows << " x " << length;
      }
    }
  });
}

TEST(Elementwise, ARowOrAValueMeetsTheRowsOfAMiddleAxis) {
  ForEachTarget([](const std::string& target) {
    Random random(26);
    for (const int64_t length : {15, 16, 33, 64, 300}) {
      for (const Shape& stretched : {Shape{9, 1, length}, Shape{1, 130, 1}, Shape{9, 1, 1}}) {
        const Shape full{9, 130, length};  // more than a task
        const auto whole = random.Floats(full.elements());
        const auto part = random.Floats(stretched.elements());
        const bool first = random.Chance(50);
        const Broadcast broadcast =
            first ? MakeBroadcast(stretched, full) : MakeBroadcast(full, stretched);
        std::vector<float> want(whole.size());
        auto got = whole;  // in place
        const auto arguments = [&](const float* large, float* output) {
          return BinaryArguments{
              first ? part.data() : large, first ? large : part.data(), output, {}};
        };
        reference::Binary(BinaryOp::kSub, broadcast, arguments(whole.data(), want.data()));
        Binary(BinaryOp::kSub, broadcast, arguments(got.data(), got.data()), Backwards(2));
        ASSERT_EQ(got, want) << target << " " << stretched.ToString() << " of " << length;
      }
    }
  });
}

TEST(Elementwise, ALongSumIsCutIntoTasksAndRunsInPlace) {
  ForEachTarget([](const std::string&) {
    Random random(23);
    for (const int64_t count : {100001, 40}) {
      auto a = random.Floats(count);
      const auto b = random.Floats(count);
      std::vector<float> want(a.size());
      const Broadcast broadcast = MakeBroadcast({count}, {count});
      reference::Binary(BinaryOp::kMul, broadcast, {a.data(), b.data(), want.data(), {}});
      Binary(BinaryOp::kMul, broadcast, {a.data(), b.data(), a.data(), {}}, Backwards(2));
      EXPECT_EQ(a, want);
    }
  });
}

}  // namespace
}  // namespace brink::kernels

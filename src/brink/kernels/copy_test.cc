#include "brink/kernels/copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "brink/kernels/random_problem.h"
#include "brink/kernels/reduce.h"
#include "brink/kernels/reference/copy.h"

namespace brink::kernels {
namespace {

Shape SmallShape(Random& random, int most_rank) {
  Shape shape;
  const int rank = random.Int(1, most_rank);
  for (int i = 0; i < rank; ++i) shape.Append(random.Int(1, 6));
  return shape;
}

TEST(Copy, PadAgreesWithTheReference) {
  Random random(51);
  for (int i = 0; i < 300; ++i) {
    PadProblem p;
    p.input = SmallShape(random, 5);
    p.element_bytes = size_t{1} << random.Int(0, 3);
    if (random.Chance(30)) p.input[p.input.rank() - 1] = random.Int(7, 90);
    int64_t elements = 1;
    for (int axis = 0; axis < p.input.rank(); ++axis) {
      const auto at = static_cast<size_t>(axis);
      if (random.Chance(50)) p.before[at] = random.Int(0, 3);
      if (random.Chance(50)) p.after[at] = random.Chance(20) ? random.Int(4, 70) : random.Int(0, 3);
      elements *= p.input[axis] + p.before[at] + p.after[at];
    }
    const auto bytes = static_cast<size_t>(elements) * p.element_bytes;
    const auto input =
        random.Bytes<uint8_t>(p.input.elements() * static_cast<int64_t>(p.element_bytes));
    const auto value = random.Bytes<uint8_t>(8);
    std::vector<uint8_t> want(bytes), got(bytes + 8, 0x5A);
    reference::Pad(p, value.data(), input.data(), want.data());
    Pad(p, value.data(), input.data(), got.data(), Backwards(2));
    EXPECT_EQ(got.back(), 0x5A);
    got.resize(bytes);
    ASSERT_EQ(got, want) << p.input.ToString();
  }
}

TEST(Copy, RowsOfEveryLengthAreCopied) {
  Random random(52);
  for (int64_t length = 1; length < 140; ++length) {
    const auto input = random.Bytes<uint8_t>(3 * length + 2);
    std::vector<uint8_t> got(static_cast<size_t>(3 * length + 6), 0x5A);
    auto want = got;
    for (int64_t row = 0; row < 3; ++row) {
      std::copy_n(input.begin() + row * (length + 1), length, want.begin() + row * (length + 2));
    }
    const RowCopy copy{
        .rows = 3, .row_bytes = length, .input_stride = length + 1, .output_stride = length + 2};
    CopyRows(copy, input.data(), got.data(), Backwards(2));
    ASSERT_EQ(got, want) << length;
  }
}

TEST(Copy, RowsLandAtTheirStrides) {
  const std::vector<uint8_t> input = {1, 2, 3, 4, 5, 6};
  std::vector<uint8_t> output(10, 0);
  CopyRows({.rows = 2, .row_bytes = 2, .input_stride = 3, .output_stride = 5}, input.data(),
           output.data(), Backwards(2));
  EXPECT_EQ(output, (std::vector<uint8_t>{1, 2, 0, 0, 0, 4, 5, 0, 0, 0}));
  ByteTable plus_one;
  for (size_t i = 0; i < plus_one.size(); ++i) plus_one[i] = static_cast<uint8_t>(i + 1);
  CopyRows({.rows = 1, .row_bytes = 6, .table = &plus_one}, input.data(), output.data(), {});
  EXPECT_EQ(output[5], 7);
}

TEST(Reduce, MeanAgreesWithTheReference) {
  ForEachTarget([](const std::string& target) {
    Random random(52);
    for (int i = 0; i < 150; ++i) {
      ReduceProblem p;
      p.input = SmallShape(random, 5);
      if (random.Chance(50)) p.input[p.input.rank() - 1] = random.Int(10, 90);
      int64_t kept = 1;
      for (int axis = 0; axis < p.input.rank(); ++axis) {
        p.reduced[static_cast<size_t>(axis)] = random.Chance(50);
        if (!p.reduced[static_cast<size_t>(axis)]) kept *= p.input[axis];
      }
      const auto input = random.Floats(p.input.elements());
      std::vector<float> want(static_cast<size_t>(kept)), got(want.size());
      reference::Mean(p, input.data(), want.data());
      Mean(p, input.data(), got.data(), Backwards(2));
      for (size_t at = 0; at < want.size(); ++at) {
        ASSERT_NEAR(got[at], want[at], 1e-6) << target << " " << p.input.ToString();
      }
    }
  });
}

TEST(Reduce, AMeanOverNothingIsNaN) {
  ReduceProblem p;
  p.input = {0, 2};
  p.reduced[0] = true;
  float output[2] = {};
  Mean(p, nullptr, output, {});
  EXPECT_TRUE(std::isnan(output[0]));
}

}  // namespace
}  // namespace brink::kernels

#include "brink/kernels/select.h"

#include <gtest/gtest.h>

#include <cstring>

#include "brink/kernels/broadcast.h"
#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

// Of `output`, with some axes of 1.
Shape Stretching(Random& random, const Shape& output) {
  Shape shape;
  for (int i = 0; i < output.rank(); ++i) shape.Append(random.Chance(30) ? 1 : output[i]);
  return shape;
}

// The element of `input`, which stretches to `output`, that element `index` of that is.
int64_t Source(const Shape& output, const Shape& input, int64_t index) {
  int64_t source = 0;
  int64_t step = 1;
  for (int axis = output.rank() - 1; axis >= 0; --axis) {
    if (input[axis] > 1) source += index % output[axis] * step;
    index /= output[axis];
    step *= input[axis];
  }
  return source;
}

TEST(Select, TakesWhatTheConditionSaysForEveryShape) {
  ForEachTarget([](const std::string& target) {
    Random random(61);
    for (int i = 0; i < 200 && !testing::Test::HasFailure(); ++i) {
      Shape shape;
      for (int axis = random.Int(1, 3); axis > 0; --axis) shape.Append(random.Int(1, 9));
      shape.Append(random.Int(1, 150));
      const Shape which = Stretching(random, shape);
      const Shape a = Stretching(random, shape);
      const Shape b = Stretching(random, shape);
      const Shape output = *BroadcastShape(which, *BroadcastShape(a, b));
      const int64_t bytes = int64_t{1} << random.Int(0, 4);
      auto condition = random.Bytes<uint8_t>(which.elements());
      for (uint8_t& byte : condition) byte = byte % 3 == 0 ? 0 : byte;
      const auto from_a = random.Bytes<uint8_t>(a.elements() * bytes);
      const auto from_b = random.Bytes<uint8_t>(b.elements() * bytes);
      std::vector<uint8_t> want(static_cast<size_t>(output.elements() * bytes + 1), 0x5A);
      std::vector<uint8_t> got = want;
      for (int64_t at = 0; at < output.elements(); ++at) {
        const bool takes_a = condition[static_cast<size_t>(Source(output, which, at))] != 0;
        const uint8_t* from = takes_a ? from_a.data() + Source(output, a, at) * bytes
                                      : from_b.data() + Source(output, b, at) * bytes;
        std::memcpy(want.data() + at * bytes, from, static_cast<size_t>(bytes));
      }
      Select(MakeSelect(output, which, a, b, static_cast<size_t>(bytes)),
             {condition.data(), from_a.data(), from_b.data(), got.data()}, Backwards(2));
      EXPECT_EQ(got, want) << target << ' ' << output.ToString() << " of " << bytes << " bytes";
    }
  });
}

// More than a task's, in place.
TEST(Select, ALongRowIsCutIntoTasks) {
  Random random(62);
  constexpr int64_t kCount = 40'001;
  const auto condition = random.Bytes<uint8_t>(kCount);
  const auto a = random.Bytes<int8_t>(kCount);
  auto b = random.Bytes<int8_t>(kCount);
  std::vector<int8_t> want(b.size());
  for (size_t i = 0; i < want.size(); ++i) want[i] = condition[i] != 0 ? a[i] : b[i];
  const Shape shape{kCount};
  Select(MakeSelect(shape, shape, shape, shape, 1),
         {condition.data(), a.data(), b.data(), b.data()}, Backwards(2));
  EXPECT_EQ(b, want);
}

}  // namespace
}  // namespace brink::kernels

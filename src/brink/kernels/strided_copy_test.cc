#include "brink/kernels/strided_copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

// One element after the other, as the loop nest says.
void CopySlowly(const StridedCopy& copy, const std::byte* input, std::byte* output) {
  const int64_t elements = copy.elements();
  for (int64_t i = 0; i < elements; ++i) {
    int64_t rest = i;
    int64_t from = copy.from_offset;
    int64_t to = copy.to_offset;
    for (int axis = copy.rank - 1; axis >= 0; --axis) {
      const StridedCopy::Axis& at = copy.axes[static_cast<size_t>(axis)];
      from += rest % at.extent * at.from;
      to += rest % at.extent * at.to;
      rest /= at.extent;
    }
    std::memcpy(output + to, input + from, copy.element_bytes);
  }
}

struct Problem {
  StridedCopy copy;
  size_t input_bytes = 0;
  size_t output_bytes = 0;
};

// A part of a dense output from a dense input with its axes permuted, sliced, reversed, repeated.
Problem RandomCopy(Random& random) {
  Problem problem;
  StridedCopy& copy = problem.copy;
  copy.element_bytes = random.Chance(80) ? size_t{1} << random.Int(0, 4) : 12;
  const int rank = random.Int(0, 5);
  std::vector<int> order;
  std::vector<StridedCopy::Axis> axes;
  for (int i = 0; i < rank; ++i) {
    order.push_back(i);
    axes.push_back({random.Chance(20) ? random.Int(15, 40) : random.Int(1, 5), 0, 0});
  }
  if (random.Chance(70)) {
    for (int i = rank - 1; i > 0; --i)
      std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(random.Int(0, i))]);
  }
  auto step = static_cast<int64_t>(copy.element_bytes);
  for (const int i : order) {
    StridedCopy::Axis& axis = axes[static_cast<size_t>(i)];
    if (random.Chance(10)) continue;  // repeats
    const int every = random.Chance(80) ? 1 : 2;
    axis.from = step * every;
    if (random.Chance(20)) {
      copy.from_offset += axis.from * (axis.extent - 1);
      axis.from = -axis.from;
    }
    step *= axis.extent * every + (random.Chance(20) ? 1 : 0);
  }
  problem.input_bytes = static_cast<size_t>(step);
  step = static_cast<int64_t>(copy.element_bytes);
  for (int i = rank - 1; i >= 0; --i) {
    axes[static_cast<size_t>(i)].to = step;
    step *= axes[static_cast<size_t>(i)].extent + (random.Chance(10) ? 1 : 0);
  }
  problem.output_bytes = static_cast<size_t>(step);
  for (const StridedCopy::Axis& axis : axes) copy.Append(axis);
  return problem;
}

TEST(StridedCopy, IsWhatItsLoopsSay) {
  Random random(81);
  for (int i = 0; i < 500 && !testing::Test::HasFailure(); ++i) {
    const Problem problem = RandomCopy(random);
    const auto input = random.Bytes<std::byte>(static_cast<int64_t>(problem.input_bytes));
    std::vector<std::byte> want(problem.output_bytes, std::byte{0x5A});
    std::vector<std::byte> got = want;
    std::vector<std::byte> plain = want;
    CopySlowly(problem.copy, input.data(), want.data());
    CopyStrided(Simplified(problem.copy), input.data(), got.data(), Backwards(2));
    ASSERT_EQ(got, want) << i;
    CopyStrided(problem.copy, input.data(), plain.data(), {});
    ASSERT_EQ(plain, want) << i;
  }
}

TEST(StridedCopy, ALargeTransposeIsCutIntoTasks) {
  Random random(82);
  StridedCopy copy;
  copy.Append({300, 4, 4 * 500});
  copy.Append({500, 4 * 300, 4});
  const auto input = random.Bytes<std::byte>(4 * 300 * 500);
  std::vector<std::byte> want(input.size());
  std::vector<std::byte> got(input.size());
  CopySlowly(copy, input.data(), want.data());
  CopyStrided(Simplified(copy), input.data(), got.data(), Backwards(2));
  EXPECT_EQ(got, want);
}

TEST(StridedCopy, AFewLongLinesAreCutIntoTasksToo) {
  Random random(84);
  for (const int64_t bytes : {1, 2, 4}) {
    for (const int64_t lines : {2, 3, 4}) {
      for (const bool joins : {false, true}) {
        constexpr int64_t kLength = (2 << 14) + 5;  // the last piece is shorter than a vector
        StridedCopy copy{.element_bytes = static_cast<size_t>(bytes)};
        const StridedCopy::Axis along{kLength, joins ? bytes : bytes * lines,
                                      joins ? bytes * lines : bytes};
        const StridedCopy::Axis across{lines, joins ? bytes * kLength : bytes,
                                       joins ? bytes : bytes * kLength};
        copy.Append(joins ? along : across);
        copy.Append(joins ? across : along);
        const auto input = random.Bytes<std::byte>(bytes * lines * kLength);
        std::vector<std::byte> want(input.size());
        std::vector<std::byte> got(input.size());
        CopySlowly(copy, input.data(), want.data());
        CopyStrided(Simplified(copy), input.data(), got.data(), Backwards(2));
        ASSERT_EQ(got, want) << bytes << " " << lines << " " << joins;
      }
    }
  }
}

TEST(StridedCopy, SimplifyingMergesWhatLiesTogether) {
  StridedCopy copy;
  copy.Append({2, 480, 480});
  copy.Append({1, 7, 9});
  copy.Append({5, 96, 96});
  copy.Append({24, 4, 4});
  const StridedCopy one = Simplified(copy);
  EXPECT_EQ(one.rank, 0);
  EXPECT_EQ(one.element_bytes, 960u);
}

TEST(StridedCopy, NothingIsCopiedOfAnEmptyBox) {
  StridedCopy copy;
  copy.Append({0, 4, 4});
  copy.Append({3, 0, 0});
  CopyStrided(copy, nullptr, nullptr, {});
  CopyStrided(Simplified(copy), nullptr, nullptr, {});
  EXPECT_EQ(Simplified(copy).elements() * static_cast<int64_t>(Simplified(copy).element_bytes), 0);
}

TEST(StridedCopy, RunsOfEveryLengthMoveWhole) {
  ForEachTarget([](const std::string& target) {
    Random random(93);
    for (size_t bytes = 1; bytes <= 1100; bytes += bytes < 300 ? 1 : 37) {
      const auto run = static_cast<int64_t>(bytes);
      StridedCopy copy{.element_bytes = bytes};
      copy.Append({5, 3 * run, 4 * run});  // the heads of words: rows and columns change places
      copy.Append({3, run, 20 * run + 1});
      const auto input = random.Bytes<std::byte>(15 * run);
      std::vector<std::byte> want(60 * bytes + 3);
      AlignedBytes got(want.size());
      std::memcpy(got.data(), want.data(), want.size());
      CopySlowly(copy, input.data(), want.data());
      CopyStrided(copy, input.data(), got.data(), Backwards(2));
      ASSERT_EQ(std::memcmp(want.data(), got.data(), want.size()), 0) << target << " " << bytes;
      ASSERT_TRUE(got.intact()) << target << " " << bytes;
    }
  });
}

}  // namespace
}  // namespace brink::kernels

#include "brink/kernels/conv_rows.h"

#include <gtest/gtest.h>

#include "brink/kernels/cpu.h"
#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

// Of windows that all of Winograd's kernels take, over pictures of several groups of tiles or of
// one.
ConvProblem RandomPlainProblem(Random& random) {
  ConvProblem problem;
  Conv2dShape& s = problem.shape;
  s.window.height = s.window.width = 3;
  do {
    s.batch = random.Int(1, 2);
    s.in_height = random.Int(1, 60);
    s.in_width = random.Int(1, 60);
    s.in_channels = random.Int(1, random.Chance(50) ? 4 : 20);
    s.out_channels = random.Int(1, 40);
  } while (!PlaceWindows(s, random));
  problem.max_pool = random.Chance(50);
  return problem;
}

// One after another, as a thread alone does them.
void ExpectTheSameOverTheInput(const ConvKernel& kernel, const ConvProblem& problem, Random& random,
                               int threads) {
  const auto lead = kernel.lead(problem, threads);
  if (!lead) return;
  const Conv2dShape& s = problem.shape;
  const auto filter = random.Floats(int64_t{9} * s.out_channels * s.in_channels);
  const auto input = random.Floats(s.in_elements());
  AlignedBytes packed(kernel.packed_bytes(problem));
  kernel.pack(problem, {filter.data(), nullptr}, packed.data());
  AlignedBytes scratch(kernel.scratch_bytes(problem, threads));
  const Parallel parallel = threads == 1 ? Parallel{} : Backwards(threads);
  std::vector<float> apart(static_cast<size_t>(OutputElements(problem)));
  kernel.run(problem, {packed.data(), input.data(), apart.data(), scratch.data(), parallel});
  const size_t begin = *lead / sizeof(float);
  std::vector<float> memory(std::max(apart.size(), begin + input.size()));
  std::ranges::copy(input, memory.begin() + static_cast<std::ptrdiff_t>(begin));
  kernel.run(problem,
             {packed.data(), memory.data() + begin, memory.data(), scratch.data(), parallel});
  memory.resize(apart.size());
  ASSERT_EQ(memory, apart) << kernel.name << " on " << CpuTarget() << ", " << threads
                           << " threads, lead " << *lead << ", " << Describe(s)
                           << (problem.max_pool ? " pooled" : "");
}

TEST(ConvRows, AnOutputMayLieOverTheInputThatItLeads) {
  ForEachTarget([](const std::string&) {
    Random random(3);
    for (int i = 0; i < 60 && !testing::Test::HasFailure(); ++i) {
      const ConvProblem problem = RandomPlainProblem(random);
      for (const ConvKernel& kernel : ConvKernels()) {
        if (kernel.lead == nullptr || !kernel.applies(problem)) continue;
        for (const int threads : {1, 2})
          ExpectTheSameOverTheInput(kernel, problem, random, threads);
      }
    }
  });
}

// Of a square picture by a window of 3x3.
ConvProblem SquareProblem(int in_pixels, int in_channels, int out_pixels, int out_channels) {
  ConvProblem problem;
  const int pad = (out_pixels + 2 - in_pixels) / 2;
  problem.shape = {.in_height = in_pixels,
                   .in_width = in_pixels,
                   .in_channels = in_channels,
                   .out_height = out_pixels,
                   .out_width = out_pixels,
                   .out_channels = out_channels,
                   .window = {.height = 3, .width = 3, .pad_top = pad, .pad_left = pad}};
  return problem;
}

// Or the memory of a network would be none the less.
TEST(ConvRows, APoolingConvolutionMayLieOverItsInputAlmostWhole) {
  ConvProblem problem = SquareProblem(60, 16, 60, 16);
  problem.max_pool = true;
  ForEachTarget([&](const std::string&) {
    EXPECT_FALSE(FindConv("reference")->lead != nullptr);
    for (const char* name : {"winograd2", "winograd4", "winograd6"}) {
      const auto lead = FindConv(name)->lead(problem, 1);
      ASSERT_TRUE(lead);
      EXPECT_LE(*lead, size_t{3} * 30 * 16 * sizeof(float)) << name;  // three rows
    }
  });
}

TEST(ConvRows, SeveralThreadsThatTakeGroupsInNoOrderMustNot) {
  const ConvProblem problem = SquareProblem(200, 4, 198, 64);
  ForEachTarget([&](const std::string&) {
    for (const char* name : {"winograd2", "winograd4", "winograd6", "thin"}) {
      EXPECT_TRUE(FindConv(name)->lead(problem, 1)) << name;
      EXPECT_FALSE(FindConv(name)->lead(problem, 2)) << name;
    }
  });
}

}  // namespace
}  // namespace brink::kernels

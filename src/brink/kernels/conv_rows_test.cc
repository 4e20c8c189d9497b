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

// Or the memory of a network would be none the less.
TEST(ConvRows, APoolingConvolutionMayLieOverItsInputAlmostWhole) {
  ConvProblem problem;
  problem.shape = {.in_height = 60,
                   .in_width = 60,
                   .in_channels = 16,
                   .out_height = 60,
                   .out_width = 60,
                   .out_channels = 16,
                   .window = {.height = 3, .width = 3, .pad_top = 1, .pad_left = 1}};
  problem.max_pool = true;
  ForEachTarget([&](const std::string&) {
    for (const char* name : {"winograd2", "winograd4", "winograd6"}) {
      const ConvKernel* kernel = FindConv(name);
      ASSERT_NE(kernel, nullptr);
      const auto lead = kernel->lead(problem, 1);
      ASSERT_TRUE(lead);
      EXPECT_LE(*lead, size_t{3} * 30 * 16 * sizeof(float)) << name;  // three rows
      EXPECT_FALSE(FindConv("reference")->lead != nullptr);
    }
  });
}

TEST(ConvRows, SeveralThreadsThatTakeGroupsInNoOrderMustNot) {
  ConvProblem problem;
  problem.shape = {.in_height = 200,
                   .in_width = 200,
                   .in_channels = 4,
                   .out_height = 198,
                   .out_width = 198,
                   .out_channels = 64,
                   .window = {.height = 3, .width = 3}};
  ForEachTarget([&](const std::string&) {
    for (const char* name : {"winograd2", "winograd4", "winograd6", "thin"}) {
      EXPECT_TRUE(FindConv(name)->lead(problem, 1)) << name;
      EXPECT_FALSE(FindConv(name)->lead(problem, 2)) << name;
    }
  });
}

}  // namespace
}  // namespace brink::kernels

#include "brink/kernels/conv.h"

#include <gtest/gtest.h>

#include <cmath>

#include "brink/kernels/cpu.h"
#include "brink/kernels/random_problem.h"
#include "brink/kernels/reference/conv.h"

namespace brink::kernels {
namespace {

struct ConvCase {
  ConvProblem problem;
  std::vector<float> input, filter, bias, want;
  bool has_bias = true;

  ConvWeights weights() const { return {filter.data(), has_bias ? bias.data() : nullptr}; }
};

ConvCase MakeCase(Random& random, const ConvProblem& problem) {
  const Conv2dShape& s = problem.shape;
  ConvCase c;
  c.problem = problem;
  c.input = random.Floats(s.in_elements());
  c.filter = random.Floats(int64_t{1} * s.out_channels * s.window.height * s.window.width *
                           (s.in_channels / s.groups));
  c.bias = random.Floats(s.out_channels);
  c.has_bias = random.Chance(80);
  c.want.resize(static_cast<size_t>(OutputElements(problem)));
  reference::Conv(problem, c.weights(), c.input.data(), c.want.data());
  return c;
}

// The kernel's output on the case, in scratch for `planned` threads; checks that it stays inside
// its buffers.
std::vector<float> RunKernel(const ConvKernel& kernel, const ConvCase& c, const Parallel& parallel,
                             int planned) {
  AlignedBytes packed(kernel.packed_bytes(c.problem));
  kernel.pack(c.problem, c.weights(), packed.data());
  EXPECT_TRUE(packed.intact()) << kernel.name << " packs beyond packed_bytes";
  AlignedBytes scratch(kernel.scratch_bytes(c.problem, planned));
  std::vector<float> output(c.want.size() + 16, -77.0F);
  kernel.run(c.problem, {packed.data(), c.input.data(), output.data(), scratch.data(), parallel});
  EXPECT_TRUE(scratch.intact()) << kernel.name << " writes beyond scratch_bytes";
  for (size_t i = c.want.size(); i < output.size(); ++i) EXPECT_EQ(output[i], -77.0F);
  output.resize(c.want.size());
  return output;
}

std::vector<float> RunKernel(const ConvKernel& kernel, const ConvCase& c,
                             const Parallel& parallel) {
  return RunKernel(kernel, c, parallel, parallel.threads);
}

double WorstError(const std::vector<float>& got, const std::vector<float>& want) {
  double worst = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    worst = std::max(worst, std::abs(double{got[i]} - double{want[i]}));
  }
  return worst;
}

// The error that a kernel may make at an output that sums one input, of inputs and weights up to 1.
double ErrorOf(const ConvKernel& kernel) {
  const std::string name = kernel.name;
  return name == "winograd6" ? 3e-5 : name == "winograd4" || name == "thin" ? 8e-6 : 2e-6;
}

void ExpectAllKernelsAgree(const ConvCase& c) {
  const Conv2dShape& s = c.problem.shape;
  const double inputs = static_cast<double>(s.multiplies()) / static_cast<double>(s.out_elements());
  for (const ConvKernel& kernel : ConvKernels()) {
    if (!kernel.applies(c.problem)) continue;
    for (const int threads : {1, 2}) {
      const auto got = RunKernel(kernel, c, threads == 1 ? Parallel{} : Backwards(threads));
      ASSERT_LT(WorstError(got, c.want), ErrorOf(kernel) * std::sqrt(inputs + 4))
          << kernel.name << " on " << CpuTarget() << ", " << threads << " threads, " << Describe(s)
          << (c.problem.layout == FilterLayout::kHwo ? " HWO" : " OHWI");
    }
  }
}

ConvProblem RandomProblem(Random& random) {
  ConvProblem problem;
  do {
    problem.shape = RandomShape(random);
  } while (!PlaceWindows(problem.shape, random));
  const Activation activations[] = {Activation::kNone, Activation::kRelu, Activation::kRelu6,
                                    Activation::kReluN1To1};
  problem.range = ClampRange(activations[random.Int(0, 3)]);
  problem.max_pool = random.Chance(10);
  return problem;
}

TEST(Conv, EveryKernelAgreesWithTheReferenceOnRandomProblems) {
  ForEachTarget([](const std::string&) {
    Random random(11);
    for (int i = 0; i < 120 && !testing::Test::HasFailure(); ++i) {
      ExpectAllKernelsAgree(MakeCase(random, RandomProblem(random)));
    }
  });
}

TEST(Conv, EveryKernelAgreesOnProblemsOfFewOutputChannels) {
  ForEachTarget([](const std::string&) {
    Random random(15);
    for (int i = 0; i < 120 && !testing::Test::HasFailure(); ++i) {
      ConvProblem problem;
      Conv2dShape& s = problem.shape;
      s.batch = random.Int(1, 2);
      s.in_height = random.Int(1, 12);
      s.in_width = random.Int(1, 90);
      s.in_channels = random.Int(1, 6);
      s.out_channels = random.Int(1, 8);
      s.window.height = random.Int(1, 5);
      s.window.width = random.Int(1, 7);
      s.window.stride_height = random.Int(1, 3);
      s.window.stride_width = random.Int(1, 4);
      // As a transposed convolution's phases have them: any padding, any part of the output.
      s.window.pad_top = random.Int(0, 6);
      s.window.pad_left = random.Int(0, 6);
      s.out_height = random.Int(1, 9);
      s.out_width = random.Int(1, 50);
      problem.range = random.Chance(50) ? FloatRange{} : FloatRange{0, 0.5F};
      ExpectAllKernelsAgree(MakeCase(random, problem));
    }
  });
}

TEST(Conv, EveryKernelAgreesOnWidePicturesOfFewChannels) {
  ForEachTarget([](const std::string&) {
    Random random(17);
    for (int i = 0; i < 40 && !testing::Test::HasFailure(); ++i) {
      ConvProblem problem;
      Conv2dShape& s = problem.shape;
      s.batch = random.Int(1, 2);
      s.in_height = random.Int(5, 14);
      s.in_width = random.Int(30, 140);
      s.in_channels = random.Int(1, 4);
      s.out_channels = random.Int(1, 40);
      s.window.height = 3;
      s.window.width = 3;
      if (!PlaceWindows(s, random)) continue;
      problem.max_pool = random.Chance(30);
      ExpectAllKernelsAgree(MakeCase(random, problem));
    }
  });
}

// Grouped, dilated and depthwise ones too, whose tiles follow one another along a row.
TEST(Conv, EveryKernelAgreesOnLongRows) {
  ForEachTarget([](const std::string&) {
    Random random(18);
    for (int i = 0; i < 80 && !testing::Test::HasFailure(); ++i) {
      ConvProblem problem;
      Conv2dShape& s = problem.shape;
      do {
        s = RandomShape(random);
        s.in_height = random.Int(1, 6);
        s.in_width = random.Int(20, 70);
        if (i % 2 == 0) {
          s.groups = s.out_channels = s.in_channels = random.Int(1, 40);
          problem.layout = FilterLayout::kHwo;
        }
      } while (!PlaceWindows(s, random));
      ExpectAllKernelsAgree(MakeCase(random, problem));
    }
  });
}

TEST(Conv, EveryKernelAgreesOnDepthwiseProblems) {
  ForEachTarget([](const std::string&) {
    Random random(12);
    for (int i = 0; i < 120 && !testing::Test::HasFailure(); ++i) {
      ConvProblem problem = RandomProblem(random);
      Conv2dShape& s = problem.shape;
      problem.layout = FilterLayout::kHwo;
      s.in_channels = random.Chance(20) ? 1 : random.Int(1, 70);
      s.groups = s.in_channels;
      s.out_channels = s.in_channels * (random.Chance(70) ? 1 : random.Int(2, 9));
      ExpectAllKernelsAgree(MakeCase(random, problem));
    }
  });
}

// The windows whose output rows are computed in pairs, in blocks of four, five and seven pixels, of
// several images, which pairs must not mix.
TEST(Conv, EveryKernelAgreesOnDepthwiseRowsInPairs) {
  ForEachTarget([](const std::string&) {
    Random random(21);
    for (int i = 0; i < 80 && !testing::Test::HasFailure(); ++i) {
      ConvProblem problem;
      problem.layout = FilterLayout::kHwo;
      Conv2dShape& s = problem.shape;
      do {
        s.batch = random.Int(1, 3);
        s.in_height = random.Int(1, 11);
        s.in_width = random.Int(4, 31);
        s.groups = s.out_channels = s.in_channels = random.Int(16, 150);
        s.window.height = s.window.width = random.Chance(50) ? 3 : 5;
        s.window.stride_height = s.window.stride_width = random.Int(1, 2);
      } while (!PlaceWindows(s, random));
      ExpectAllKernelsAgree(MakeCase(random, problem));
    }
  });
}

TEST(Conv, EveryKernelAgreesOnFullyConnectedProblems) {
  ForEachTarget([](const std::string&) {
    Random random(13);
    for (int i = 0; i < 40 && !testing::Test::HasFailure(); ++i) {
      const ConvProblem problem = FullyConnectedProblem(random.Chance(50) ? 1 : random.Int(2, 20),
                                                        random.Int(1, 300), random.Int(1, 300), {});
      ExpectAllKernelsAgree(MakeCase(random, problem));
    }
  });
}

// Such channels leave a vector for the last of a direct convolution's panels, on one target or the
// other.
TEST(Conv, EveryKernelAgreesWhereALastVectorIsAlone) {
  ForEachTarget([](const std::string&) {
    Random random(19);
    for (const int channels : {17, 20, 33, 66, 72, 80, 143, 144, 257}) {
      const int rows = random.Int(1, 40);
      const ConvProblem problem = FullyConnectedProblem(rows, random.Int(1, 20), channels, {});
      ExpectAllKernelsAgree(MakeCase(random, problem));
    }
  });
}

// Of pictures so narrow that a tile has pixels of several rows, and windows of all sorts of edges.
TEST(Conv, EveryKernelAgreesOnNarrowPictures) {
  ForEachTarget([](const std::string&) {
    Random random(20);
    for (int i = 0; i < 80 && !testing::Test::HasFailure(); ++i) {
      ConvProblem problem;
      Conv2dShape& s = problem.shape;
      do {
        s = RandomShape(random);
        s.in_height = random.Int(1, 30);
        s.in_width = random.Int(1, 9);
        s.window.height = random.Int(1, 10);
      } while (!PlaceWindows(s, random));
      ExpectAllKernelsAgree(MakeCase(random, problem));
    }
  });
}

TEST(Conv, EveryKernelAgreesOnLargeThreeByThreeProblems) {
  ForEachTarget([](const std::string&) {
    Random random(14);
    for (int i = 0; i < 16 && !testing::Test::HasFailure(); ++i) {
      ConvProblem problem;
      Conv2dShape& s = problem.shape;
      s.in_height = random.Int(15, 50);
      s.in_width = random.Int(15, 50);
      s.in_channels = random.Chance(40) ? random.Int(1, 4) : random.Int(5, 70);
      s.out_channels = random.Int(1, 140);
      s.window.height = s.window.width = 3;
      PlaceWindows(s, random);
      problem.max_pool = random.Chance(50);
      ExpectAllKernelsAgree(MakeCase(random, problem));
    }
  });
}

// A 3x3 problem whose tiles are few for a kernel that cuts them by the number of threads.
ConvProblem FewTiles(int height) {
  ConvProblem problem;
  Conv2dShape& s = problem.shape;
  s.in_height = height;
  s.in_width = 24;
  s.in_channels = 16;
  s.out_channels = 48;
  s.window.height = s.window.width = 3;
  PlaceWindows(s, Padding::kSame);
  return problem;
}

TEST(Conv, FewerThreadsThanPlannedFitInTheScratch) {
  ForEachTarget([](const std::string& target) {
    Random random(17);
    for (int height = 12; height <= 56; height += 4) {
      const ConvCase c = MakeCase(random, FewTiles(height));
      for (const ConvKernel& kernel : ConvKernels()) {
        if (!kernel.applies(c.problem) || kernel.scratch_bytes(c.problem, 3) == 0) continue;
        EXPECT_LT(WorstError(RunKernel(kernel, c, Backwards(2), 3), c.want), 1e-3)
            << kernel.name << " on " << target << ", height " << height;
      }
    }
  });
}

TEST(Conv, ScratchForMoreThreadsIsNoSmaller) {
  ForEachTarget([](const std::string& target) {
    for (int height = 12; height <= 80; ++height) {
      const ConvProblem problem = FewTiles(height);
      for (const ConvKernel& kernel : ConvKernels()) {
        for (int threads = 1; kernel.applies(problem) && threads < 20; ++threads) {
          EXPECT_LE(kernel.scratch_bytes(problem, threads),
                    kernel.scratch_bytes(problem, threads + 1))
              << kernel.name << " on " << target << ", height " << height << ", " << threads;
        }
      }
    }
  });
}

TEST(Conv, AKernelIsChosenForEveryProblemAndFoundByName) {
  Random random(15);
  for (int i = 0; i < 50; ++i) {
    const ConvProblem problem = RandomProblem(random);
    const ConvKernel& kernel = ChooseConv(problem, 1);
    EXPECT_TRUE(kernel.applies(problem));
    EXPECT_EQ(FindConv(kernel.name), &kernel);
  }
  EXPECT_EQ(FindConv("no such kernel"), nullptr);
}

// 17x17 pixels are nine tiles of 6x6 outputs, with 2 MB of weights, or 25 of 4x4, with 1.2 MB.
TEST(Conv, LargerWeightsOfFewerProductsAreChosenWhereTheyAreReadFast) {
  ConvProblem problem;
  Conv2dShape& s = problem.shape;
  s.in_height = s.in_width = 17;
  s.in_channels = 64;
  s.out_channels = 128;
  s.window.height = s.window.width = 3;
  PlaceWindows(s, Padding::kSame);
  EXPECT_STREQ(ChooseConv(problem, 1).name, SharedReadRate() > 10e3 ? "winograd6" : "winograd4");
}

TEST(Conv, NaNInTheInputReachesTheOutputThroughAnActivation) {
  ForEachTarget([](const std::string& target) {
    ConvProblem problem = FullyConnectedProblem(1, 1, 20, ClampRange(Activation::kRelu6));
    Random random(16);
    ConvCase c = MakeCase(random, problem);
    c.input[0] = std::nanf("");
    for (const float value : RunKernel(*FindConv("direct"), c, {})) {
      EXPECT_TRUE(std::isnan(value)) << target;
    }
  });
}

}  // namespace
}  // namespace brink::kernels

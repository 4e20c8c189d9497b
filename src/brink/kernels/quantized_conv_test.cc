#include "brink/kernels/quantized_conv.h"

#include <gtest/gtest.h>

#include "brink/kernels/random_problem.h"
#include "brink/kernels/reference/conv.h"

namespace brink::kernels {
namespace {

struct QuantizedCase {
  QuantizedConvProblem problem;
  std::vector<uint8_t> input, filter, want;
  std::vector<int32_t> bias;
  std::vector<Multiplier> multipliers;

  QuantizedConvWeights weights() const {
    return {filter.data(), bias.empty() ? nullptr : bias.data(), multipliers};
  }
};

// Zero points of inputs and outputs, range and data for a problem that has all but these.
QuantizedCase MakeCaseOf(Random& random, QuantizedConvProblem p) {
  const Conv2dShape& s = p.shape;
  const IntRange range = TypeRange(p.type);
  p.input_zero_point = random.Int(range.low, range.high);
  p.output_zero_point = random.Int(range.low, range.high);
  p.range = range;
  if (random.Chance(40)) p.range.low = std::max(range.low, p.output_zero_point - random.Int(0, 1));
  QuantizedCase c;
  c.problem = p;
  const int64_t inputs = int64_t{1} * s.window.height * s.window.width * (s.in_channels / s.groups);
  c.input = random.Bytes<uint8_t>(s.in_elements());
  c.filter = random.Bytes<uint8_t>(inputs * s.out_channels);
  if (random.Chance(80)) {
    for (int i = 0; i < s.out_channels; ++i) c.bias.push_back(random.Int(-20000, 20000));
  }
  const int count = random.Chance(50) ? 1 : s.out_channels;
  for (int i = 0; i < count; ++i) {
    c.multipliers.push_back(QuantizeMultiplier(
        double{random.Float(0.1F, 3.0F)} / (40.0 * std::sqrt(static_cast<double>(inputs)) * 40)));
  }
  c.want.resize(static_cast<size_t>(s.out_elements()));
  reference::QuantizedConv(p, c.weights(), c.input.data(), c.want.data());
  return c;
}

// The same with types and the weights' zero point, for a problem whose shape and layout are set.
QuantizedCase MakeCase(Random& random, QuantizedConvProblem p) {
  p.type = random.Chance(50) ? Type::kInt8 : Type::kUInt8;
  p.filter_type = random.Chance(50) ? Type::kInt8 : Type::kUInt8;
  const IntRange filter_range = TypeRange(p.filter_type);
  p.filter_zero_point = random.Chance(50) ? 0 : random.Int(filter_range.low, filter_range.high);
  return MakeCaseOf(random, p);
}

// The kernel's output on the case, in scratch for `planned` threads; checks that it stays inside
// its buffers.
std::vector<uint8_t> RunKernel(const QuantizedConvKernel& kernel, const QuantizedCase& c,
                               const Parallel& parallel, int planned) {
  AlignedBytes packed(kernel.packed_bytes(c.problem));
  kernel.pack(c.problem, c.weights(), packed.data());
  EXPECT_TRUE(packed.intact()) << kernel.name << " packs beyond packed_bytes";
  AlignedBytes scratch(kernel.scratch_bytes(c.problem, planned));
  std::vector<uint8_t> output(c.want.size() + 16, 0x5A);
  kernel.run(c.problem, {packed.data(), c.input.data(), output.data(), scratch.data(), parallel});
  EXPECT_TRUE(scratch.intact()) << kernel.name << " writes beyond scratch_bytes";
  for (size_t i = c.want.size(); i < output.size(); ++i) EXPECT_EQ(output[i], 0x5A);
  output.resize(c.want.size());
  return output;
}

void ExpectAllKernelsExact(const QuantizedCase& c) {
  for (const QuantizedConvKernel& kernel : QuantizedConvKernels()) {
    if (!kernel.applies(c.problem)) continue;
    for (const int threads : {1, 2}) {
      const auto got =
          RunKernel(kernel, c, threads == 1 ? Parallel{} : Backwards(threads), threads);
      ASSERT_TRUE(got == c.want) << kernel.name << " on " << CpuTarget() << ", " << threads
                                 << " threads, " << Describe(c.problem.shape) << " types "
                                 << TypeName(c.problem.type) << " "
                                 << TypeName(c.problem.filter_type) << " zero points "
                                 << c.problem.input_zero_point << " "
                                 << c.problem.filter_zero_point;
    }
  }
}

QuantizedConvProblem RandomQuantizedProblem(Random& random) {
  QuantizedConvProblem p;
  do {
    p.shape = RandomShape(random);
  } while (!PlaceWindows(p.shape, random));
  return p;
}

TEST(QuantizedConv, EveryKernelIsExactOnRandomProblems) {
  ForEachByteTarget([](const std::string&) {
    Random random(71);
    for (int i = 0; i < 120 && !testing::Test::HasFailure(); ++i) {
      ExpectAllKernelsExact(MakeCase(random, RandomQuantizedProblem(random)));
    }
  });
}

TEST(QuantizedConv, EveryKernelIsExactOnDepthwiseProblems) {
  ForEachByteTarget([](const std::string&) {
    Random random(72);
    for (int i = 0; i < 120 && !testing::Test::HasFailure(); ++i) {
      QuantizedConvProblem p = RandomQuantizedProblem(random);
      p.layout = FilterLayout::kHwo;
      p.shape.in_channels = random.Chance(20) ? 1 : random.Int(1, 70);
      if (random.Chance(30)) p.shape.in_channels = random.Int(1, 6) * 16;
      p.shape.groups = p.shape.in_channels;
      p.shape.out_channels = p.shape.in_channels * (random.Chance(70) ? 1 : random.Int(2, 9));
      ExpectAllKernelsExact(MakeCase(random, p));
    }
  });
}

TEST(QuantizedConv, EveryKernelIsExactOnFullyConnectedProblems) {
  ForEachByteTarget([](const std::string&) {
    Random random(73);
    for (int i = 0; i < 40 && !testing::Test::HasFailure(); ++i) {
      const int rows = random.Chance(50) ? 1 : random.Int(2, 20);
      QuantizedConvProblem p =
          QuantizedFullyConnectedProblem(rows, random.Int(1, 300), random.Int(1, 300));
      if (random.Chance(50)) p.layout = FilterLayout::kHwo;  // as products of two inputs have it
      ExpectAllKernelsExact(MakeCase(random, p));
    }
  });
}

TEST(QuantizedConv, FewerThreadsThanPlannedFitInTheScratch) {
  ForEachByteTarget([](const std::string& target) {
    Random random(76);
    for (const bool depthwise : {false, true}) {
      QuantizedConvProblem p;
      Conv2dShape& s = p.shape;
      s.in_height = 34;
      s.in_width = 30;
      s.in_channels = s.out_channels = 21;
      s.window.height = s.window.width = 3;
      if (depthwise) {
        s.groups = s.in_channels;
        p.layout = FilterLayout::kHwo;
      }
      PlaceWindows(s, Padding::kSame);
      const QuantizedCase c = MakeCase(random, p);
      for (const QuantizedConvKernel& kernel : QuantizedConvKernels()) {
        if (!kernel.applies(c.problem)) continue;
        for (const int planned : {3, 16}) {
          for (const Parallel& parallel : {Parallel{}, Backwards(2)}) {
            EXPECT_TRUE(RunKernel(kernel, c, parallel, planned) == c.want)
                << kernel.name << " on " << target << ", " << parallel.threads << " of " << planned;
          }
        }
      }
    }
  });
}

// Long enough for threads to share a row.
TEST(QuantizedConv, EveryKernelIsExactOnADepthwiseRow) {
  ForEachByteTarget([](const std::string&) {
    Random random(78);
    for (const auto& [channels, stride] : {std::pair(24, 1), {24, 2}, {64, 2}, {96, 3}}) {
      QuantizedConvProblem p;
      p.layout = FilterLayout::kHwo;
      p.shape.in_width = 2500;
      p.shape.in_channels = p.shape.out_channels = p.shape.groups = channels;
      p.shape.window = {.width = 5, .stride_width = stride};
      PlaceWindows(p.shape, Padding::kSame);
      ExpectAllKernelsExact(MakeCase(random, p));
    }
  });
}

// Rows that meet each block's weights a few times only.
TEST(QuantizedConv, EveryKernelIsExactOnDepthwiseRowsOfManyChannels) {
  ForEachByteTarget([](const std::string&) {
    Random random(79);
    for (int i = 0; i < 12 && !testing::Test::HasFailure(); ++i) {
      QuantizedConvProblem p;
      Conv2dShape& s = p.shape;
      p.layout = FilterLayout::kHwo;
      s.in_height = random.Int(3, 7);
      s.in_width = random.Int(6, 24);
      s.in_channels = s.out_channels = s.groups = random.Int(8, 14) * (random.Chance(80) ? 16 : 12);
      s.window.height = s.window.width = random.Chance(70) ? 5 : 7;
      s.window.stride_width = s.window.stride_height = random.Chance(60) ? 1 : 2;
      if (s.window.stride_width == 1 && random.Chance(20)) s.window.dilation_width = 2;
      PlaceWindows(s, random.Chance(70) ? Padding::kSame : Padding::kValid);
      if (s.out_height < 1 || s.out_width < 1) continue;
      ExpectAllKernelsExact(MakeCase(random, p));
    }
  });
}

// Windows of one pixel, whose inputs lie apart.
TEST(QuantizedConv, EveryKernelIsExactOnPixelsApart) {
  ForEachByteTarget([](const std::string&) {
    Random random(80);
    for (const int depth : {4, 16, 20, 64}) {
      QuantizedConvProblem p;
      Conv2dShape& s = p.shape;
      s.batch = 2;
      s.in_height = 9;
      s.in_width = 14;
      s.groups = random.Int(1, 2);
      s.in_channels = depth * s.groups;
      s.out_channels = 18 * s.groups;
      s.window.stride_height = 2;
      s.window.stride_width = random.Int(2, 3);
      PlaceWindows(s, Padding::kSame);
      ExpectAllKernelsExact(MakeCase(random, p));
    }
  });
}

// Rows of half a vector, a quarter ..., of one and of more, and their remainders.
TEST(QuantizedConv, EveryKernelIsExactWithOneOutputChannel) {
  ForEachByteTarget([](const std::string&) {
    Random random(81);
    for (const int depth : {1, 3, 8, 16, 21, 32, 64, 100, 128, 1024, 1030}) {
      for (const int pixels : {5, 64, 205}) {
        QuantizedConvProblem p;
        p.shape.in_width = p.shape.out_width = pixels;
        p.shape.in_channels = depth;
        ExpectAllKernelsExact(MakeCase(random, p));
      }
    }
  });
}

// Channels that come again after many blocks: each pattern's weights are read from memory once.
// More rows than a tile of few columns has, and some left.
TEST(QuantizedConv, EveryKernelIsExactOnManyRowsOfFewColumns) {
  ForEachTarget([](const std::string&) {
    Random random(82);
    for (const int channels : {2, 8, 9, 16, 17, 24}) {
      for (const int rows : {8, 15, 16, 43}) {
        QuantizedConvProblem p = QuantizedFullyConnectedProblem(rows, random.Int(1, 70), channels);
        p.type = p.filter_type = random.Chance(50) ? Type::kInt8 : Type::kUInt8;
        p.filter_zero_point = p.filter_type == Type::kInt8 ? 0 : random.Int(0, 255);
        ExpectAllKernelsExact(MakeCase(random, p));
      }
    }
  });
}

TEST(QuantizedConv, DepthwiseRowsOfManyPatternsAreExact) {
  ForEachByteTarget([](const std::string& target) {
    Random random(82);
    for (const int size : {3, 5}) {
      QuantizedConvProblem p;
      Conv2dShape& s = p.shape;
      p.layout = FilterLayout::kHwo;
      s.in_height = 7;
      s.in_width = 10;
      s.in_channels = s.out_channels = s.groups = 1392;
      s.window.height = s.window.width = size;
      PlaceWindows(s, Padding::kSame);
      if (target == "avx2" || target == "avx3_dl") {
        EXPECT_EQ(&ChooseQuantizedConv(p, 1), FindQuantizedConv("flat depthwise")) << target;
      }
      ExpectAllKernelsExact(MakeCase(random, p));
    }
  });
}

#if defined(__aarch64__)
// The kernel whose windows slide that is chosen for signed bytes and others; null for none.
const QuantizedConvKernel* SlidingKernel(const QuantizedConvProblem& p, const std::string& target) {
  const bool dot = target == "neon_dot" && p.type == Type::kInt8 && p.filter_type == Type::kInt8 &&
                   p.filter_zero_point == 0;
  if (dot) return FindQuantizedConv("dot depthwise");
  return p.shape.window.width < 7 ? FindQuantizedConv("sliding depthwise") : nullptr;
}
#endif

// Lines along rows and columns, of pixels in fours and single ones, with and without windows that
// begin or end outside; with holes as many lines as taps are apart.
TEST(QuantizedConv, DepthwiseWindowsAreExactAlongEveryLine) {
  ForEachByteTarget([]([[maybe_unused]] const std::string& target) {
    Random random(83);
    for (int i = 0; i < 400 && !testing::Test::HasFailure(); ++i) {
      QuantizedConvProblem p;
      Conv2dShape& s = p.shape;
      p.layout = FilterLayout::kHwo;
      s.batch = random.Int(1, 2);
      s.in_height = random.Int(1, 14);
      s.in_width = random.Int(1, 14);
      s.in_channels = s.out_channels = s.groups = random.Chance(50) ? 16 : random.Int(8, 30);
      const int taps = random.Int(1, 3) * 2 + 1;
      const bool holes = random.Chance(25);
      s.window = {.height = taps,
                  .width = taps,
                  .stride_height = holes ? 1 : random.Int(1, 2),
                  .stride_width = holes ? 1 : random.Int(1, 2),
                  .dilation_height = holes ? random.Int(1, 3) : 1,
                  .dilation_width = holes ? random.Int(1, 3) : 1};
      if (!PlaceWindows(s, random.Chance(70) ? Padding::kSame : Padding::kValid)) continue;
      const QuantizedCase c = random.Chance(50) ? MakeCaseOf(random, p) : MakeCase(random, p);
#if defined(__aarch64__)
      const auto* sliding = SlidingKernel(c.problem, target);
      EXPECT_TRUE(sliding == nullptr || &ChooseQuantizedConv(c.problem, 1) == sliding)
          << target << Describe(s);
#endif
      ExpectAllKernelsExact(c);
    }
  });
}

// Two products of -128 and -128 are more than 16 bits hold.
TEST(QuantizedConv, ProductsOfTheLargestBytesAreExact) {
  ForEachByteTarget([](const std::string&) {
    Random random(85);
    for (const int depth : {3, 8, 16, 24, 40, 70}) {
      for (const int weight : {-128, -127, 127}) {
        for (const bool some : {false, true}) {
          QuantizedCase c = MakeCase(
              random, QuantizedFullyConnectedProblem(random.Int(1, 9), depth, random.Int(1, 21)));
          c.problem.type = c.problem.filter_type = Type::kInt8;
          c.problem.output_zero_point = c.problem.filter_zero_point = 0;
          c.problem.input_zero_point = random.Int(-128, 127);
          c.problem.range = {-128, 127};
          for (uint8_t& of : c.input) of = static_cast<uint8_t>(-128);
          for (uint8_t& of : c.filter)
            of = static_cast<uint8_t>(some ? std::max(-127, random.Int(-128, 127)) : weight);
          reference::QuantizedConv(c.problem, c.weights(), c.input.data(), c.want.data());
          ExpectAllKernelsExact(c);
        }
      }
    }
  });
}

// Scaled to results that 16 bits do not hold before they are clamped to 8.
TEST(QuantizedConv, ResultsBeyond16BitsAreClamped) {
  ForEachByteTarget([](const std::string&) {
    Random random(84);
    for (const bool depthwise : {false, true}) {
      QuantizedConvProblem p = QuantizedFullyConnectedProblem(12, 16, 16);
      if (depthwise) {
        p.layout = FilterLayout::kHwo;
        p.shape.groups = 16;
        p.shape.window = {.height = 3, .width = 3};
        PlaceWindows(p.shape, Padding::kSame);
      }
      QuantizedCase c = MakeCase(random, p);
      c.multipliers.assign(1, {INT32_MAX, -1});
      c.bias.assign(16, 0);
      for (int32_t& bias : c.bias) bias = random.Int(-4000000, 4000000);
      reference::QuantizedConv(c.problem, c.weights(), c.input.data(), c.want.data());
      ExpectAllKernelsExact(c);
    }
  });
}

TEST(QuantizedConv, SumsBeyond32BitsWrapAsTheReference) {
  ForEachByteTarget([](const std::string&) {
    Random random(74);
    QuantizedCase c = MakeCase(random, QuantizedFullyConnectedProblem(3, 40, 20));
    c.bias.assign(20, INT32_MAX);
    c.multipliers.assign(1, {INT32_MAX, 30});
    reference::QuantizedConv(c.problem, c.weights(), c.input.data(), c.want.data());
    ExpectAllKernelsExact(c);
  });
}

// Powers of two as multipliers take many sums half way between two results.
TEST(QuantizedConv, HalvesRoundAsTheReferences) {
  ForEachByteTarget([](const std::string&) {
    Random random(77);
    for (int i = 0; i <= 25; ++i) {
      QuantizedConvProblem p = QuantizedFullyConnectedProblem(65, 2, 70);
      QuantizedCase c = MakeCase(random, i % 2 == 0 ? p : RandomQuantizedProblem(random));
      for (Multiplier& multiplier : c.multipliers)
        multiplier = {random.Chance(50) ? 1 << 30 : INT32_MAX, -i / 2};
      for (int32_t& bias : c.bias) bias = random.Int(-3, 3);
      reference::QuantizedConv(c.problem, c.weights(), c.input.data(), c.want.data());
      ExpectAllKernelsExact(c);
    }
  });
}

TEST(QuantizedConv, AKernelIsChosenForEveryProblemAndFoundByName) {
  Random random(75);
  for (int i = 0; i < 50; ++i) {
    const QuantizedConvProblem problem = RandomQuantizedProblem(random);
    const QuantizedConvKernel& kernel = ChooseQuantizedConv(problem, 1);
    EXPECT_TRUE(kernel.applies(problem));
    EXPECT_EQ(FindQuantizedConv(kernel.name), &kernel);
  }
  EXPECT_EQ(FindQuantizedConv("no such kernel"), nullptr);
}

}  // namespace
}  // namespace brink::kernels

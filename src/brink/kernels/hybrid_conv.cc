#include "brink/kernels/hybrid_conv.h"

#include <algorithm>

#define HWY_WANT_AVX3_DL  // VNNI
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/hybrid_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/byte_block-inl.h"
#include "brink/kernels/choose.h"
#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/cpu.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/quantise_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// Inputs that a task finds the extent of or quantises.
constexpr size_t kPiece = size_t{1} << 14;
// From signed bytes to unsigned ones, which kernels take as they are.
constexpr float kMove = 128;

// Calls body(piece, first, count) for all pieces of `count` inputs.
template <class Body>
void ForEachInputPiece(size_t count, const Parallel& parallel, const Body& body) {
  parallel.For(static_cast<int>(CeilDiv(count, kPiece)), [&](int piece, int) {
    const size_t first = static_cast<size_t>(piece) * kPiece;
    body(static_cast<size_t>(piece), first, std::min(kPiece, count - first));
  });
}

// Makes round(x / scale) + zero + kMove of vectors, of NaN what it makes of 0.
class FastQuantiser {
 public:
  explicit FastQuantiser(const VectorSteps& steps)
      : inverse_(hn::Set(kFloat, steps.scale == 0 ? 0 : 1 / steps.scale)),
        zero_(hn::Set(kFloat, steps.zero + kMove)),
        int_zero_(hn::Set(kInt, static_cast<int32_t>(steps.zero + kMove))) {}

  HWY_INLINE IntVector operator()(FloatVector x) const {
#if HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64
    // As XNNPACK does. NaN becomes 0.
    return hn::Add(IntVector(vcvtnq_s32_f32(hn::Mul(x, inverse_).raw)), int_zero_);
#else
    const FloatVector y = hn::MulAdd(x, inverse_, zero_);
    // A sum with this has the nearest integer in its last bits.
    const FloatVector rounder = hn::Set(kFloat, 0x1.8p23F);
    const FloatVector sum = hn::Add(hn::IfThenElse(hn::Eq(y, y), y, zero_), rounder);
    return hn::Sub(hn::BitCast(kInt, sum), hn::BitCast(kInt, rounder));
#endif
  }

 private:
  FloatVector inverse_;
  [[maybe_unused]] FloatVector zero_;
  [[maybe_unused]] IntVector int_zero_;
};

// Stores what FastQuantiser makes as unsigned bytes. Half the instructions of QuantiseBy, which
// rounds halves as TFLite's matrices do.
void QuantiseFast(const VectorSteps& steps, std::span<const float> x, uint8_t* to) {
  const FastQuantiser quantised(steps);
  const IntRange range{static_cast<int32_t>(steps.lowest + kMove), 255};
  const auto quantise = [&](const float* from, uint8_t* stored) HWY_ATTR {
    IntVector block[kBlockVectors];
#pragma GCC unroll 4
    for (size_t v = 0; v < kBlockVectors; ++v)
      block[v] = quantised(hn::LoadU(kFloat, from + v * kStep));
    StoreBlock(block, range, stored);
  };
  constexpr size_t kBlock = kBlockVectors * kStep;
  size_t i = 0;
  for (; i + kBlock <= x.size(); i += kBlock) quantise(x.data() + i, to + i);
  if (i == x.size()) return;
  HWY_ALIGN float rest[kBlock] = {};
  HWY_ALIGN uint8_t bytes[kBlock];
  std::copy(x.begin() + static_cast<ptrdiff_t>(i), x.end(), rest);
  quantise(rest, bytes);
  std::copy_n(bytes, x.size() - i, to + i);
}

}  // namespace

// CPUs without products of bytes differ. Zen 5 multiplies pairs of 16 bits as often as floats and
// adds them elsewhere (a slowness of 1.25 by measurement); older cores multiply them half as often,
// or where they add: between these. Vectors of 512 bits of them are no faster than floats. ARM's by
// instructions: 64 bits have many to end a sum with, 32 bits have more for all.
IntegerSpeed TargetSpeed() {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  return {.slowness = 2.3};
#elif HWY_ARCH_X86
  return {.slowness = 1.4};
#elif HWY_ARCH_ARM_A64
  return {.slowness = 1.2, .stored = 1.6e3};
#else
  return {.slowness = 1.3, .quantised = 2.5e3, .stored = 3.5e3, .keeps_pace = false};
#endif
}

size_t ExtentBytes(size_t inputs) { return AlignUp(CeilDiv(inputs, kPiece) * sizeof(Extent)); }

// Quantises an image to unsigned bytes; `extents` are ExtentBytes of scratch memory. Returns how
// sums of them become real.
RealStore QuantiseImage(std::span<const float> image, bool asymmetric, std::byte* extents,
                        uint8_t* to, const Parallel& parallel) {
  auto* const found = reinterpret_cast<Extent*>(extents);
  ForEachInputPiece(image.size(), parallel, [&](size_t piece, size_t first, size_t count) {
    found[piece] = FindExtent(image.subspan(first, count));
  });
  Extent all;
  for (size_t piece = 0; piece < CeilDiv(image.size(), kPiece); ++piece) {
    all.low = std::min(all.low, found[piece].low);
    all.high = std::max(all.high, found[piece].high);
  }
  const VectorSteps steps = StepsOf(all, asymmetric);
  ForEachInputPiece(image.size(), parallel, [&](size_t, size_t first, size_t count) {
    QuantiseFast(steps, image.subspan(first, count), to + first);
  });
  return {.scale = steps.real_scale(), .zero = static_cast<int32_t>(steps.zero + kMove)};
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(TargetSpeed);
HWY_EXPORT(ExtentBytes);
HWY_EXPORT(QuantiseImage);

size_t ImageBytes(const HybridConv& conv) {
  return AlignUp(static_cast<size_t>(conv.image.shape.in_elements()));
}

// The cheapest kernel of integers that stores floats; none where this CPU has none.
const QuantizedConvKernel* ChooseRealKernel(const QuantizedConvProblem& p, int threads) {
  const QuantizedConvKernel* best = nullptr;
  for (const QuantizedConvKernel& kernel : QuantizedConvKernels()) {
    if (!kernel.applies(p)) continue;
    if (best == nullptr || kernel.cost(p, threads) < best->cost(p, threads)) best = &kernel;
  }
  return best;
}

// Of the integers, with all that they take besides, on the scale of the exact product's.
double CostOf(const HybridConvProblem& p, const QuantizedConvKernel& kernel, int threads) {
  const IntegerSpeed speed = SpeedOfIntegers();
  const double inputs = static_cast<double>(p.shape.in_elements()) / p.sharing;
  const auto outputs = static_cast<double>(p.shape.out_elements());
  constexpr double kStarting = 1;
  return kernel.cost(QuantizedImage(p), threads) * p.shape.batch * speed.slowness + kStarting +
         (inputs / speed.quantised + outputs / speed.stored) / std::max(1, threads);
}

}  // namespace

IntegerSpeed SpeedOfIntegers() {
  if (CpuMultipliesBytes()) return {.quantised = 4e3};
  return BRINK_DISPATCH(TargetSpeed)();
}

QuantizedConvProblem QuantizedImage(const HybridConvProblem& problem) {
  QuantizedConvProblem image{.shape = problem.shape, .type = Type::kUInt8, .real_output = true};
  image.shape.batch = 1;
  if (problem.shape.groups > 1) image.shape = ColumnAsRow(image.shape);
  return image;
}

HybridConv MakeHybridConv(const HybridConvProblem& problem, const QuantizedConvKernel& kernel,
                          int threads) {
  HybridConv conv{.problem = problem, .image = QuantizedImage(problem), .kernel = &kernel};
  conv.packed_bytes = kernel.packed_bytes(conv.image);
  const auto inputs = static_cast<size_t>(conv.image.shape.in_elements());
  conv.scratch_bytes = ImageBytes(conv) + BRINK_DISPATCH(ExtentBytes)(inputs) +
                       kernel.scratch_bytes(conv.image, threads);
  conv.cost = CostOf(problem, kernel, threads);
  return conv;
}

std::optional<HybridConv> ChooseHybridConv(const HybridConvProblem& problem, int threads,
                                           size_t most_packed) {
  const QuantizedConvKernel* kernel = ChooseRealKernel(QuantizedImage(problem), threads);
  const std::string_view preferred = PreferKernel::Name();
  if (kernel == nullptr || !(preferred.empty() || preferred == "int8 weights")) return std::nullopt;
  HybridConv conv = MakeHybridConv(problem, *kernel, threads);
  if (!preferred.empty()) return conv;
  const ConvProblem exact{.shape = problem.shape, .range = problem.range};
  const ConvKernel& widened = ChooseConv(exact, threads, most_packed);
  const bool fits = conv.packed_bytes <= most_packed;
  if (fits == (widened.packed_bytes(exact) <= most_packed)) {
    if (conv.cost < widened.cost(exact, threads)) return conv;
  } else if (fits) {
    return conv;
  }
  return std::nullopt;
}

void PackHybridConv(const HybridConv& conv, const HybridConvWeights& weights, std::byte* packed) {
  conv.kernel->pack(conv.image,
                    {.filter = weights.filter, .scales = weights.scales, .real_bias = weights.bias},
                    packed);
}

RealStore QuantiseHybridImage(const HybridConv& conv, const float* image, std::byte* scratch,
                              const Parallel& parallel) {
  RealStore real = BRINK_DISPATCH(QuantiseImage)(
      {image, static_cast<size_t>(conv.image.shape.in_elements())}, conv.problem.asymmetric,
      scratch + ImageBytes(conv), reinterpret_cast<uint8_t*>(scratch), parallel);
  real.range = conv.problem.range;
  return real;
}

void RunHybridImage(const HybridConv& conv, const RealStore& real, const HybridConvCall& call) {
  const auto inputs = static_cast<size_t>(conv.image.shape.in_elements());
  QuantizedConvProblem problem = conv.image;
  problem.input_zero_point = real.zero;
  conv.kernel->run(
      problem, {.packed = call.packed,
                .input = call.scratch,
                .output = call.output,
                .scratch = call.scratch + ImageBytes(conv) + BRINK_DISPATCH(ExtentBytes)(inputs),
                .parallel = call.parallel,
                .real = &real});
}

void RunHybridConv(const HybridConv& conv, const HybridConvCall& call) {
  const Conv2dShape& s = conv.image.shape;
  HybridConvCall image = call;
  for (int batch = 0; batch < conv.problem.shape.batch; ++batch) {
    const RealStore real = QuantiseHybridImage(conv, image.input, call.scratch, call.parallel);
    RunHybridImage(conv, real, image);
    image.input += s.in_elements();
    image.output += s.out_elements();
  }
}

}  // namespace brink::kernels
#endif  // HWY_ONCE

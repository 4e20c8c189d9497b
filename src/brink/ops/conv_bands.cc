#include "brink/ops/conv_bands.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <utility>

#include "brink/kernels/conv_rows.h"
#include "brink/ops/any_conv.h"

namespace brink::ops {
namespace {

using kernels::ConvProblem;
using kernels::InputBytesTo;
using kernels::InputRowBytes;
using kernels::InputRows;
using kernels::OutputBytesTo;
using kernels::RoundUp;
using kernels::Rows;
using kernels::RowsPooled;
using kernels::StoredRows;

// Bands of so many bytes of the tensor between stay in a core's second cache beside what kernels
// use.
constexpr int64_t kBandBytes = int64_t{448} << 10;
// Kernels read their weights for each band, which must not cost much.
constexpr double kMostSlowdown = 1.05;

// The problem of some rows of the output of one picture.
ConvProblem PartOf(const ConvProblem& p, Rows made) {
  ConvProblem part = p;
  kernels::Conv2dShape& s = part.shape;
  const int64_t above = s.window.pad_top - made.begin * s.window.stride_height;
  s.batch = 1;
  s.in_height = static_cast<int>(InputRows(p, made).count());
  s.out_height = static_cast<int>(made.count());
  s.window.pad_top = static_cast<int>(std::max<int64_t>(0, above));
  return part;
}

// What is done at a time. Of the tensor between the convolutions, rows from `base` on are at hand:
// those that the band before left behind, and then those that the first makes.
struct Band {
  Rows second;       // of the second's output, before pooling
  int64_t base = 0;  // of the tensor between
  Rows between;      // that the first makes now; may be none
};

// The memory of a step beside input and output.
struct BandMemory {
  const std::byte* first = nullptr;  // packed
  const std::byte* second = nullptr;
  std::byte* between = nullptr;
  std::byte* scratch = nullptr;  // of a kernel at a time
  kernels::Parallel parallel;
};

// What bands of some height need.
struct Needs {
  bool apply = true;  // both kernels take all parts, with the weights of the whole
  double cost = 0;    // of the kernels, for a picture
  size_t between = 0;
  size_t scratch = 0;
  size_t lead = 0;  // as Prepared::lead
};

class Bands {
 public:
  // The height of a band is `times` that of the smallest.
  Bands(const FloatConv& first, const FloatConv& second, int64_t times)
      : first_(first),
        second_(second),
        step_(times * std::lcm<int64_t>(second.kernel->band_rows, RowsPooled(second.problem))),
        step_between_(StoredRows(
            first.problem, std::lcm<int64_t>(first.kernel->band_rows, RowsPooled(first.problem)))),
        row_bytes_(InputRowBytes(second.problem)) {}

  int64_t bytes() const { return row_bytes_ * step_ * second().shape.window.stride_height; }
  bool several() const { return step_ + step_ / 2 <= second().shape.out_height; }

  Needs Measure(int threads) const {
    Needs needs;
    const auto add = [&](const FloatConv& conv, const ConvProblem& part) {
      needs.apply = needs.apply && conv.kernel->applies(part) &&
                    conv.kernel->packed_bytes(part) == conv.kernel->packed_bytes(conv.problem);
      if (!needs.apply) return;
      needs.cost += conv.kernel->cost(part, threads);
      needs.scratch = std::max(needs.scratch, conv.kernel->scratch_bytes(part, threads));
    };
    int64_t rows = 0;
    ForEach([&](const Band& band) {
      if (band.between.count() > 0) add(first_, PartOf(first(), FirstRows(band)));
      add(second_, PartOf(second(), band.second));
      rows = std::max(rows, band.between.end - band.base);
    });
    needs.between = ScratchAligned(static_cast<size_t>(rows * row_bytes_));
    needs.lead = Lead();
    return needs;
  }

  void Run(const std::byte* input, std::byte* output, const BandMemory& memory) const {
    for (int picture = 0; picture < first().shape.batch; ++picture) {
      int64_t base = 0;
      ForEach([&](const Band& band) {
        if (band.base > base) {
          std::memmove(memory.between, memory.between + (band.base - base) * row_bytes_,
                       static_cast<size_t>((band.between.begin - band.base) * row_bytes_));
        }
        base = band.base;
        if (band.between.count() > 0) {
          const Rows made = FirstRows(band);
          Call(first_, made, memory.first, input + InputBytesTo(first(), picture, made.begin),
               memory.between + (band.between.begin - base) * row_bytes_, memory);
        }
        const Rows read = InputRows(second(), band.second);
        Call(second_, band.second, memory.second, memory.between + (read.begin - base) * row_bytes_,
             output + OutputBytesTo(second(), picture, band.second.begin), memory);
      });
    }
  }

 private:
  const ConvProblem& first() const { return first_.problem; }
  const ConvProblem& second() const { return second_.problem; }

  // Calls body(band) for all of one picture, from the top.
  template <class Body>
  void ForEach(Body body) const {
    const int64_t height = second().shape.out_height;
    const int64_t all = StoredRows(first(), first().shape.out_height);
    int64_t made = 0;
    for (int64_t begin = 0; begin < height;) {
      // Not a last band of few rows.
      const int64_t end = height - begin < step_ + step_ / 2 ? height : begin + step_;
      const Rows read = InputRows(second(), {begin, end});
      const int64_t next = std::max(made, std::min(all, RoundUp(read.end, step_between_)));
      body(Band{
          .second = {begin, end}, .base = std::min(read.begin, made), .between = {made, next}});
      made = next;
      begin = end;
    }
  }

  // The first's rows, before pooling.
  Rows FirstRows(const Band& band) const {
    const int64_t times = RowsPooled(first());
    return {band.between.begin * times,
            std::min<int64_t>(band.between.end * times, first().shape.out_height)};
  }

  size_t Lead() const {
    int64_t lead = 0;
    // It grows, or shrinks, alike from picture to picture.
    for (const int picture : {0, first().shape.batch - 1}) {
      int64_t written = OutputBytesTo(second(), picture, 0);  // before the band
      ForEach([&](const Band& band) {
        const int64_t read = InputBytesTo(first(), picture, FirstRows(band).begin);
        if (band.between.count() > 0) lead = std::max(lead, written - read);
        written = OutputBytesTo(second(), picture, band.second.end);
      });
    }
    return static_cast<size_t>(lead);
  }

  static void Call(const FloatConv& conv, Rows made, const std::byte* packed,
                   const std::byte* input, std::byte* output, const BandMemory& memory) {
    conv.kernel->run(PartOf(conv.problem, made),
                     {packed, reinterpret_cast<const float*>(input),
                      reinterpret_cast<float*>(output), memory.scratch, memory.parallel});
  }

  FloatConv first_;
  FloatConv second_;
  int64_t step_;          // rows of the second's output at a time, before pooling
  int64_t step_between_;  // a multiple of which the first makes, but at the end
  int64_t row_bytes_;     // of the tensor between
};

Packing Joint(const Packing& first, const Packing& second, const Bands& bands, size_t between) {
  const size_t start = ScratchAligned(first.bytes);
  return {
      .bytes = start + second.bytes,
      .write =
          [start, first = first.write, second = second.write](std::byte* to, std::byte* scratch) {
            first(to, scratch);
            second(to + start, scratch);
          },
      .step =
          [=](std::shared_ptr<const std::byte> packed) {
            return [=, packed = std::move(packed)](const Buffers& b) {
              bands.Run(b.inputs[0], b.outputs[0],
                        {.first = packed.get(),
                         .second = packed.get() + start,
                         .between = b.scratch,
                         .scratch = b.scratch + between,
                         .parallel = b.parallel});
            };
          },
      .scratch_bytes = std::max(first.scratch_bytes, second.scratch_bytes),
      .recipe = first.recipe.empty() || second.recipe.empty() ? "" : first.recipe + second.recipe,
  };
}

}  // namespace

std::optional<Prepared> InBands(const Prepared& first, const Prepared& second, int threads) {
  const FloatConv& a = *first.conv;
  const FloatConv& b = *second.conv;
  if (a.kernel->band_rows == 0 || b.kernel->band_rows == 0) return std::nullopt;
  const double pictures = a.problem.shape.batch;
  const double most = kMostSlowdown *
                      (a.kernel->cost(a.problem, threads) + b.kernel->cost(b.problem, threads)) /
                      pictures;
  int64_t times = std::max<int64_t>(1, kBandBytes / std::max<int64_t>(1, Bands(a, b, 1).bytes()));
  for (; Bands(a, b, times).several(); times *= 2) {
    const Bands bands(a, b, times);
    const Needs needs = bands.Measure(threads);
    if (!needs.apply) return std::nullopt;
    if (needs.cost > most) continue;
    Prepared joint{.shapes = second.shapes,
                   .kernel = first.kernel + ", " + second.kernel + " in bands",
                   .scratch_bytes = needs.between + needs.scratch,
                   .macs = first.macs + second.macs};
    joint.packing = Joint(*first.packing, *second.packing, bands, needs.between);
    joint.lead = needs.lead;
    return joint;
  }
  return std::nullopt;
}

}  // namespace brink::ops

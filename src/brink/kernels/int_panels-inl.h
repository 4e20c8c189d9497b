// Panels of packed weights for int_kernel-inl.h, and inputs copied into their packed form; compiled
// once a CPU target.
#if defined(BRINK_KERNELS_INT_PANELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_INT_PANELS_INL_H_
#undef BRINK_KERNELS_INT_PANELS_INL_H_
#else
#define BRINK_KERNELS_INT_PANELS_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstring>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/int_narrow-inl.h"
#include "brink/kernels/int_packing-inl.h"
#include "brink/kernels/transpose_plane.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Inputs that are copied at a time.
#if HWY_TARGET == HWY_SCALAR
inline constexpr size_t kCopyLanes = 1;
#else
inline constexpr size_t kCopyLanes = 16 / sizeof(PackedInput);
#endif

// For cost estimates: inputs copied in a microsecond, and how many of them a call costs.
inline constexpr double kCopiesPerMicrosecond = 16e3;
inline constexpr size_t kCallInputs = 64;

// How the inputs of a window are cut into runs of neighbours, each filled up to whole steps.
struct WindowRuns {
  size_t count;
  size_t length;  // inputs
  size_t steps;   // of each run

  WindowRuns(size_t runs, size_t run_length)
      : count(runs),
        length(run_length),
        steps(CeilDiv(run_length, static_cast<size_t>(kStepInputs))) {}
  size_t Inputs() const { return count * steps * kStepInputs; }
  // Whether a run's last step has no more than half its inputs.
  bool EndsWithHalf() const { return 2 * (steps * kStepInputs - length) >= kStepInputs; }
};

// For cost estimates: how many times as many inputs are multiplied as by steps of one.
#if BRINK_BYTE_PAIRS
inline constexpr double kStepSpeed = 1.4;
#else
inline constexpr double kStepSpeed = kStepInputs;
#endif

// All of a window in one run.
inline WindowRuns WholeWindow(const Conv2dShape& s) { return {1, WindowInputs(s)}; }

using TileFunctions = std::array<MultiplyIntTileFunction, kIntTileRows + 1>;

struct Panels {
  WindowRuns runs;
  int per_group;
  int group_channels;

  Panels(const Conv2dShape& s, const WindowRuns& window_runs)
      : runs(window_runs),
        per_group(CeilDiv(s.out_channels / s.groups, kIntPanelWidth)),
        group_channels(s.out_channels / s.groups) {}
  int Columns(int panel) const {
    return std::min(kIntPanelWidth, group_channels - panel * kIntPanelWidth);
  }
  int Vectors(int panel) const {
    return CeilDiv(Columns(panel), kIntLanes * kVectorsTogether) * kVectorsTogether;
  }
  // See NarrowVectors.
  int Narrow(int panel) const { return NarrowVectors(Columns(panel), runs.steps); }
  // A panel's register block for so many rows to store.
  MultiplyIntTileFunction TileOf(int panel, int rows) const {
    const int narrow = Narrow(panel);
    return narrow != 0 ? ChooseNarrowTile(rows, narrow) : ChooseIntTile(rows, Vectors(panel));
  }
  // All of them, by rows.
  TileFunctions Tiles(int panel) const {
    TileFunctions tiles;
    for (int rows = 0; rows <= kIntTileRows; ++rows)
      tiles[static_cast<size_t>(rows)] = TileOf(panel, rows);
    return tiles;
  }
  // A panel's steps: the columns and inputs of each, and the inputs of a run with its last step.
  size_t StepColumns(int panel) const {
    const int narrow = Narrow(panel);
    return static_cast<size_t>(narrow != 0 ? narrow * kNarrowColumns : Vectors(panel) * kIntLanes);
  }
  size_t StepInputs(int panel) const { return Narrow(panel) != 0 ? kNarrowInputs : kStepInputs; }
  size_t RunInputs(int panel) const {
    return CeilDiv(runs.length, StepInputs(panel)) * StepInputs(panel);
  }
  size_t Bytes(int panel) const {
    const size_t width = static_cast<size_t>(Vectors(panel)) * kIntLanes;
    return kPanelHeaderRows * width * sizeof(int32_t) +
           runs.count * RunInputs(panel) * StepColumns(panel) * sizeof(PackedWeight);
  }
  size_t Offset(int group, int panel) const {
    const size_t whole = per_group == 1 ? 0 : Bytes(0);
    const size_t all = static_cast<size_t>(per_group - 1) * whole + Bytes(per_group - 1);
    return static_cast<size_t>(group) * all + static_cast<size_t>(panel) * whole;
  }
  // For cost estimates: what a group's columns are filled up to.
  int FilledColumns() const {
    return (per_group - 1) * kIntPanelWidth + static_cast<int>(StepColumns(per_group - 1));
  }
};

// Of an output's element.
HWY_INLINE size_t OutputBytes(const QuantizedConvProblem& p) {
  return p.real_output ? sizeof(float) : 1;
}

HWY_INLINE size_t PanelBytes(const QuantizedConvProblem& p, const WindowRuns& runs) {
  return AlignUp(Panels(p.shape, runs).Offset(p.shape.groups, 0));
}

// Inputs of a column that are packed at a time: the steps that they fill stay in the first cache
// while all columns pass by.
inline constexpr size_t kPackedTogether = 256;
static_assert(kPackedTogether % kStepInputs == 0 && kPackedTogether % kNarrowInputs == 0);

// Steps of some columns of a panel.
struct PanelPart {
  size_t columns;
  size_t width;         // from step to step, in columns
  PackedWeight* steps;  // those of the first column
  WeightSums* sums;     // of the columns
};

// Packs weights of one column, `count` up to kPackedTogether, into steps that are `stride` apart.
template <size_t kInputs, class T>
void PackColumn(const QuantizedConvProblem& p, const T* weights, size_t count, size_t stride,
                PackedWeight* to) {
  PackedWeight packed[kPackedTogether];
  const int32_t shift = WeightShift(p);
  for (size_t k = 0; k < count; ++k) packed[k] = static_cast<PackedWeight>(weights[k] + shift);
  const size_t steps = CeilDiv(count, kInputs);
  std::fill(packed + count, packed + steps * kInputs, PackedWeight{0});
  for (size_t step = 0; step < steps; ++step)
    std::memcpy(to + step * stride, packed + step * kInputs, kInputs * sizeof(PackedWeight));
}

// Packs the whole steps of `count` weights, up to kPackedTogether, of columns that lie `from_step`
// apart, as many as tiles of a transpose have at least. Returns how many weights of each that are.
template <class T>
size_t PackWholeSteps([[maybe_unused]] const QuantizedConvProblem& p,
                      [[maybe_unused]] const T* from, [[maybe_unused]] size_t from_step,
                      [[maybe_unused]] size_t count, [[maybe_unused]] PanelPart part) {
#if BRINK_BYTE_PRODUCTS
  const size_t steps = count / kStepInputs;
  const auto least = static_cast<size_t>(TransposedTile(kStepInputs));
  if (part.columns < least || steps < least) return 0;
  ChooseTranspose()({.element_bytes = kStepInputs,
                     .rows = static_cast<int64_t>(steps),
                     .columns = static_cast<int64_t>(part.columns),
                     .from_stride = static_cast<int64_t>(from_step),
                     .to_stride = static_cast<int64_t>(part.width * kStepInputs)},
                    reinterpret_cast<const std::byte*>(from),
                    reinterpret_cast<std::byte*>(part.steps));
  using Bytes = hn::Repartition<int8_t, IntTag>;
  constexpr Bytes kWeights;
  const auto one = hn::Set(kWeights, 1);
  const auto zero = hn::Set(kWeights, static_cast<int8_t>(PackedWeightZero(p)));
  for (size_t c = 0; c < part.width; c += kIntLanes) {
    const size_t columns = part.columns > c ? part.columns - c : 0;
    // Moves uint8 weights, leaves what lies beyond the columns.
    const auto flip = hn::BitCast(
        kWeights, hn::IfThenElseZero(
                      hn::FirstN(kInt, columns),
                      hn::Set(kInt, WeightShift(p) == 0 ? 0 : static_cast<int32_t>(0x80808080U))));
    IntVector sum = hn::Zero(kInt);
    IntVector magnitude = hn::Zero(kInt);
    PackedWeight* at = part.steps + c * kStepInputs;
    for (size_t step = 0; step < steps; ++step, at += part.width * kStepInputs) {
      const auto weights = hn::Xor(hn::LoadU(kWeights, at), flip);
      hn::StoreU(weights, kWeights, at);
      const auto size = hn::Sub(hn::Max(weights, zero), hn::Min(weights, zero));
      AddByteProducts(sum, one, weights);
      AddUnsignedBytes(magnitude, size, one);
    }
    HWY_ALIGN int32_t sums[kIntLanes];
    HWY_ALIGN int32_t magnitudes[kIntLanes];
    hn::Store(sum, kInt, sums);
    hn::Store(magnitude, kInt, magnitudes);
    const auto zeros = static_cast<int32_t>(steps * kStepInputs) * PackedWeightZero(p);
    for (size_t i = 0; i < std::min<size_t>(columns, kIntLanes); ++i) {
      part.sums[c + i].sum += static_cast<uint32_t>(sums[i] - zeros);
      part.sums[c + i].magnitude += static_cast<uint64_t>(magnitudes[i]);
    }
  }
  return steps * kStepInputs;
#else
  return 0;
#endif
}

// Weights of some columns of the filter, of an input each.
template <class T>
struct FilterBlock {
  const T* from;
  size_t columns;
  size_t count;        // of inputs, up to kPackedTogether
  size_t column_step;  // in the filter
  size_t input_step;
};

// The same of columns whose weights lie together, which are written to `turned`, where the filter's
// rows hold neighbouring columns; else the block as it is.
template <class T>
FilterBlock<T> WithColumnsTogether(const FilterBlock<T>& block, T* turned) {
  const auto least = static_cast<size_t>(TransposedTile(sizeof(T)));
  if (block.column_step != 1 || block.columns < least || block.count < least) return block;
  ChooseTranspose()({.element_bytes = sizeof(T),
                     .rows = static_cast<int64_t>(block.columns),
                     .columns = static_cast<int64_t>(block.count),
                     .from_stride = static_cast<int64_t>(block.input_step * sizeof(T)),
                     .to_stride = static_cast<int64_t>(kPackedTogether * sizeof(T))},
                    reinterpret_cast<const std::byte*>(block.from),
                    reinterpret_cast<std::byte*>(turned));
  return {turned, block.columns, block.count, kPackedTogether, 1};
}

// Packs a panel, of any group, whose columns are the output channels from `first_channel` on. The
// weights are of type T.
template <class T>
void PackPanel(const QuantizedConvProblem& p, const Panels& panels, int panel,
               const QuantizedConvWeights& weights, size_t first_channel, std::byte* to) {
  const auto columns = static_cast<size_t>(panels.Columns(panel));
  const size_t width = static_cast<size_t>(panels.Vectors(panel)) * kIntLanes;
  const size_t step_columns = panels.StepColumns(panel);
  const size_t step_inputs = panels.StepInputs(panel);
  const auto pack =
      step_inputs == kStepInputs ? &PackColumn<kStepInputs, T> : &PackColumn<kNarrowInputs, T>;
  const WindowRuns& runs = panels.runs;
  const PanelHeader header{reinterpret_cast<int32_t*>(to), width, PackedInputZero(p)};
  auto* body = reinterpret_cast<PackedWeight*>(header.rows + kPanelHeaderRows * width);
  const size_t header_bytes = kPanelHeaderRows * width * sizeof(int32_t);
  std::memset(to, 0, columns == step_columns ? header_bytes : panels.Bytes(panel));
  const FilterIndex index(p.layout, p.shape);
  const auto* filter = static_cast<const T*>(weights.filter);
  WeightSums sums[kIntPanelWidth];
  T gathered[kPackedTogether];
  T turned[kIntPanelWidth * kPackedTogether];
  for (size_t run = 0; run < runs.count; ++run) {
    for (size_t begin = 0; begin < runs.length; begin += kPackedTogether) {
      const size_t count = std::min(kPackedTogether, runs.length - begin);
      PackedWeight* steps = body + (run * panels.RunInputs(panel) + begin) * step_columns;
      const FilterBlock<T> block =
          WithColumnsTogether({filter + index(first_channel, run * runs.length + begin), columns,
                               count, index(1, 0), index.input_step()},
                              turned);
      const size_t done = block.input_step != 1 || step_inputs != kStepInputs
                              ? 0
                              : PackWholeSteps(p, block.from, block.column_step, count,
                                               {columns, step_columns, steps, sums});
      if (done == count) continue;
      for (size_t c = 0; c < columns; ++c) {
        const T* column = block.from + c * block.column_step + done * block.input_step;
        if (block.input_step != 1) {
          for (size_t k = 0; k < count; ++k) gathered[k] = column[k * block.input_step];
          column = gathered;
        }
        sums[c].Add(column, count - done, p.filter_zero_point);
        pack(p, column, count - done, step_columns * step_inputs,
             steps + done * step_columns + c * step_inputs);
      }
    }
  }
  for (size_t c = 0; c < columns; ++c) header.Set(weights, first_channel + c, c, sums[c]);
  // As MultiplyColumn wants it.
  for (size_t c = 1; p.shape.out_channels == 1 && c < width; ++c)
    header.Set(weights, first_channel, c, sums[0]);
  header.Finish(TileZeroPoint(p));
#if BRINK_BYTE_PAIRS
  header.rows[width + 1] = HasLeastByte(body, panels.Bytes(panel) - header_bytes) ? 1 : 0;
#endif
}

inline void PackPanels(const QuantizedConvProblem& p, const WindowRuns& runs,
                       const QuantizedConvWeights& weights, std::byte* packed) {
  const Panels panels(p.shape, runs);
  const auto pack = p.filter_type == Type::kInt8 ? &PackPanel<int8_t> : &PackPanel<uint8_t>;
  for (int group = 0; group < p.shape.groups; ++group) {
    for (int panel = 0; panel < panels.per_group; ++panel) {
      const int first = group * panels.group_channels + panel * kIntPanelWidth;
      pack(p, panels, panel, weights, static_cast<size_t>(first),
           packed + panels.Offset(group, panel));
    }
  }
}

// Goes over the windows of rows of output pixels.
class WindowWalk {
 public:
  struct Rows {
    const PackedInput* first;  // window
    size_t step;               // from window to window of a row
    int width;                 // windows of a row
    size_t row_step;           // from row to row
  };
  explicit WindowWalk(const Rows& rows) : rows_(rows), window_(rows.first) {}

  // The next `count` windows; those behind them are the last of them.
  HWY_INLINE void Next(int count, const PackedInput* (&windows)[kIntTileRows]) {
#pragma GCC unroll 8
    for (int r = 0; r < kIntTileRows; ++r) {
      if (r >= count) {
        windows[r] = windows[r - 1];
        continue;
      }
      windows[r] = window_;
      window_ += rows_.step;
      if (++x_ == rows_.width) {
        x_ = 0;
        rows_.first += rows_.row_step;
        window_ = rows_.first;
      }
    }
  }

 private:
  Rows rows_;
  const PackedInput* window_;
  int x_ = 0;
};

// Copies stored inputs into packed form.
template <class T>
class InputCopier {
 public:
  // Nothing is read at or behind `input_end`.
  InputCopier(const QuantizedConvProblem& p, const T* input_end)
      : shift_(InputShift(p)), input_end_(input_end) {}

  // Writes up to kCopyLanes inputs behind the last one.
  HWY_INLINE void Copy(const T* from, size_t count, PackedInput* to) const {
    constexpr hn::FixedTag<PackedInput, kCopyLanes> kPacked;
    constexpr hn::ScalableTag<PackedInput> kWhole;
    const size_t whole = hn::Lanes(kWhole);
    size_t i = 0;
    for (; i + whole <= count; i += whole) CopyVector(kWhole, from + i, to + i);
    for (; i < count && from + i + kCopyLanes <= input_end_; i += kCopyLanes)
      CopyVector(kPacked, from + i, to + i);
    for (; i < count; ++i) to[i] = static_cast<PackedInput>(from[i] + shift_);
  }

 private:
  template <class Tag>
  HWY_INLINE void CopyVector(Tag packed, const T* from, PackedInput* to) const {
    const auto stored = hn::LoadU(hn::Rebind<T, Tag>(), from);
    const auto shift = hn::Set(packed, static_cast<PackedInput>(shift_));
    if constexpr (kBytes) {
      hn::StoreU(hn::Add(hn::BitCast(packed, stored), shift), packed, to);
    } else {
      hn::StoreU(hn::Add(hn::PromoteTo(packed, stored), shift), packed, to);
    }
  }

  int32_t shift_;
  const T* input_end_;
};

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_INT_PANELS_INL_H_

// The weights of an 8-bit depthwise convolution as quantized_flat_depthwise.cc takes them; compiled
// once a target of x86.
#if defined(BRINK_KERNELS_FLAT_PACKING_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_FLAT_PACKING_INL_H_
#undef BRINK_KERNELS_FLAT_PACKING_INL_H_
#else
#define BRINK_KERNELS_FLAT_PACKING_INL_H_
#endif

#include "brink/kernels/flat_layout-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if HWY_ARCH_X86 && BRINK_PACKS_BLOCKS

// A pattern of channels' packed bytes: its header, then [height][groups][kBlockVectors][kFlat]
// bytes of weights.
inline size_t PatternBytes(const FlatLayout& layout, const Window2d& w) {
  return kFlat * kPanelHeaderRows * sizeof(int32_t) +
         static_cast<size_t>(w.height) * layout.groups * kBlockVectors * kFlat;
}

// Packs the weights of a pattern, byte i of which belongs to channels[i].
template <class T>
void PackPattern(const QuantizedConvProblem& p, const FlatLayout& layout,
                 const QuantizedConvWeights& weights, const size_t (&channels)[kFlat],
                 std::byte* pattern) {
  const Window2d& w = p.shape.window;
  const FilterIndex index(p.layout, p.shape);
  const PanelHeader header{reinterpret_cast<int32_t*>(pattern), kFlat, FlatZero(p)};
  auto* body = reinterpret_cast<PackedWeight*>(header.rows + kPanelHeaderRows * kFlat);
  const int32_t shift = WeightShift(p);
  size_t places[kFlat];   // of byte i's first weight in the filter
  size_t columns[kFlat];  // and in a step
  for (size_t i = 0; i < kFlat; ++i) {
    places[i] = index(channels[i], 0);
    columns[i] = FlatLayout::Column(i) * kStepInputs;
  }
  // A window has at most 2^18 weights, see Applies: these sums do not overflow.
  HWY_ALIGN int32_t sums[kFlat] = {};
  HWY_ALIGN int32_t magnitudes[kFlat] = {};
  T stored[kFlat];
  size_t tap = 0;
  for (size_t y = 0; y < static_cast<size_t>(w.height); ++y) {
    for (size_t x = 0; x < static_cast<size_t>(w.width); ++x, ++tap) {
      const T* from = static_cast<const T*>(weights.filter) + index(0, tap);
      PackedWeight* to =
          body + (y * layout.groups + x / kStepInputs) * kFlat * kStepInputs + x % kStepInputs;
      for (size_t i = 0; i < kFlat; ++i) stored[i] = from[places[i]];
      for (size_t i = 0; i < kFlat; ++i) {
        const int32_t weight = stored[i] - p.filter_zero_point;
        sums[i] += weight;
        magnitudes[i] += weight < 0 ? -weight : weight;
      }
      for (size_t i = 0; i < kFlat; ++i)
        to[columns[i]] = static_cast<PackedWeight>(stored[i] + shift);
    }
  }
  for (size_t i = 0; i < kFlat; ++i) {
    header.Set(weights, channels[i], columns[i] / kStepInputs,
               {static_cast<uint32_t>(sums[i]), static_cast<uint64_t>(magnitudes[i])});
  }
  header.Finish(p.output_zero_point);
}

#endif  // HWY_ARCH_X86 && BRINK_PACKS_BLOCKS

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_FLAT_PACKING_INL_H_

#include "brink/kernels/byte_lines.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/byte_lines.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Elsewhere an instruction looks up 64 entries or more, as fast as lines are computed.
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_AVX3_DL || \
    HWY_ARCH_ARM_A64

bool ComputesLines() { return false; }

void LineRange(const ByteLines& /*lines*/, const uint8_t* /*input*/, uint8_t* /*output*/,
               size_t /*count*/) {}

#else

namespace {

namespace hn = hwy::HWY_NAMESPACE;
using ByteTag = hn::ScalableTag<int8_t>;
using WordTag = hn::Repartition<int16_t, ByteTag>;
using Words = hn::Vec<WordTag>;
inline constexpr ByteTag kByte{};
inline constexpr WordTag kWord{};

// Saturated bytes of words in the order in which bytes were interleaved with others.
HWY_INLINE hn::Vec<ByteTag> Narrow(Words low, Words high) {
#if HWY_TARGET == HWY_AVX3
  return hn::Vec<ByteTag>{_mm512_packs_epi16(low.raw, high.raw)};
#elif HWY_TARGET == HWY_AVX2
  return hn::Vec<ByteTag>{_mm256_packs_epi16(low.raw, high.raw)};
#elif HWY_ARCH_X86
  return hn::Vec<ByteTag>{_mm_packs_epi16(low.raw, high.raw)};
#else
  return hn::Combine(kByte, hn::DemoteTo(hn::Half<ByteTag>(), high),
                     hn::DemoteTo(hn::Half<ByteTag>(), low));
#endif
}

// Vectors of one line, or of the larger of two: that takes less than to choose one.
template <bool kTwo>
class Lines {
 public:
  explicit Lines(const ByteLines& lines)
      : slope_(hn::Set(kWord, lines.above.slope)),
        offset_(hn::Set(kWord, lines.above.offset)),
        slope_below_(hn::Set(kWord, lines.below.slope)),
        offset_below_(hn::Set(kWord, lines.below.offset)),
        input_flip_(hn::Set(kByte, static_cast<int8_t>(lines.input_flip))),
        output_flip_(hn::Set(kByte, static_cast<int8_t>(lines.output_flip))) {}

  HWY_INLINE hn::Vec<ByteTag> operator()(hn::Vec<ByteTag> stored) const {
    const auto bytes = hn::Xor(stored, input_flip_);
    const auto zero = hn::Zero(kByte);
    const auto low = hn::BitCast(kWord, hn::InterleaveLower(kByte, zero, bytes));
    const auto high = hn::BitCast(kWord, hn::InterleaveUpper(kByte, zero, bytes));
    return hn::Xor(Narrow(Value(low), Value(high)), output_flip_);
  }

 private:
  // `x`: bytes times 256.
  HWY_INLINE Words Value(Words x) const {
    const Words above = hn::SaturatedAdd(hn::MulFixedPoint15(x, slope_), offset_);
    if constexpr (!kTwo) return hn::ShiftRight<7>(above);
    const Words below = hn::SaturatedAdd(hn::MulFixedPoint15(x, slope_below_), offset_below_);
    return hn::ShiftRight<7>(hn::Max(above, below));
  }

  Words slope_, offset_, slope_below_, offset_below_;
  hn::Vec<ByteTag> input_flip_, output_flip_;
};

template <bool kTwo>
void LineVectors(const ByteLines& lines, const int8_t* input, int8_t* output, size_t count) {
  constexpr size_t kStep = hn::MaxLanes(kByte);
  const Lines<kTwo> line(lines);
  size_t i = 0;
#pragma GCC unroll 2
  for (; i + kStep <= count; i += kStep)
    hn::StoreU(line(hn::LoadU(kByte, input + i)), kByte, output + i);
  if (i == count) return;
  int8_t part[kStep] = {};
  std::memcpy(part, input + i, count - i);
  hn::StoreU(line(hn::LoadU(kByte, part)), kByte, part);
  std::memcpy(output + i, part, count - i);
}

}  // namespace

bool ComputesLines() { return true; }

void LineRange(const ByteLines& lines, const uint8_t* input, uint8_t* output, size_t count) {
  const auto run = lines.are_two ? LineVectors<true> : LineVectors<false>;
  run(lines, reinterpret_cast<const int8_t*>(input), reinterpret_cast<int8_t*>(output), count);
}

#endif

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(ComputesLines);
HWY_EXPORT(LineRange);

namespace {

// The results of signed bytes [first, last), as signed bytes.
struct Results {
  const ByteTable& table;
  uint8_t input_flip;
  uint8_t output_flip;
  int32_t first;
  int32_t last;

  int32_t operator()(int32_t byte) const {
    const auto stored = static_cast<uint8_t>(static_cast<uint8_t>(byte) ^ input_flip);
    return static_cast<int8_t>(table[stored] ^ output_flip);
  }
};

// A line's value at a signed byte, saturated to 16 bits as vectors are but not to a byte.
int32_t ValueAt(const ByteLine& line, int32_t byte) {
  const int32_t product = (byte * 256 * line.slope + (1 << 14)) >> 15;
  return std::clamp(product + line.offset, INT16_MIN, INT16_MAX) >> 7;
}

// The offset with which a line of that slope gives all results, if there is one.
std::optional<int16_t> FindOffset(const Results& results, int32_t slope) {
  int32_t low = INT16_MIN;
  int32_t high = INT16_MAX;
  for (int32_t byte = results.first; byte < results.last && low <= high; ++byte) {
    const int32_t result = results(byte);
    const int32_t product = (byte * 256 * slope + (1 << 14)) >> 15;
    if (result > INT8_MIN) low = std::max(low, result * 128 - product);
    if (result < INT8_MAX) high = std::min(high, result * 128 + 127 - product);
  }
  if (low > high) return std::nullopt;
  return static_cast<int16_t>(low + (high - low) / 2);
}

// A line of about that slope: to round products moves a few of the results.
std::optional<ByteLine> FitLine(const Results& results, double slope) {
  constexpr int32_t kNear = 24;
  if (results.first >= results.last) return ByteLine{};
  if (!(std::abs(slope) < 1.99)) return std::nullopt;
  const auto near = static_cast<int32_t>(std::lround(slope * (1 << 14)));
  for (int32_t away = 0; away <= 2 * kNear; ++away) {
    const int32_t tried = near + (away % 2 == 0 ? away / 2 : -(away + 1) / 2);
    if (std::abs(tried) > INT16_MAX) continue;
    if (const auto offset = FindOffset(results, tried))
      return ByteLine{static_cast<int16_t>(tried), *offset};
  }
  return std::nullopt;
}

}  // namespace

std::optional<ByteLines> FitLines(const ByteTable& table, Type input, Type output,
                                  const LineSlopes& slopes) {
  if (!BRINK_DISPATCH(ComputesLines)()) return std::nullopt;
  ByteLines lines;
  lines.input_flip = input == Type::kUInt8 ? 0x80 : 0;
  lines.output_flip = output == Type::kUInt8 ? 0x80 : 0;
  const int32_t first = input == Type::kUInt8 ? 0 : INT8_MIN;  // of the stored numbers
  const int32_t bend = std::clamp(slopes.bend, first, first + 256) - first + INT8_MIN;
  Results results{table, lines.input_flip, lines.output_flip, bend, INT8_MAX + 1};
  const auto above = FitLine(results, slopes.above);
  results.first = INT8_MIN;
  results.last = bend;
  const auto below = FitLine(results, slopes.below);
  if (!below || !above) return std::nullopt;
  lines.are_two = bend > INT8_MIN && bend <= INT8_MAX;
  lines.above = bend > INT8_MAX ? *below : *above;
  lines.below = *below;
  for (int32_t byte = INT8_MIN; lines.are_two && byte <= INT8_MAX; ++byte) {
    const int32_t value = std::max(ValueAt(lines.below, byte), ValueAt(lines.above, byte));
    if (std::clamp(value, INT8_MIN, INT8_MAX) != results(byte)) return std::nullopt;
  }
  return lines;
}

void ApplyLines(const ByteLines& lines, const ByteArguments& arguments, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(LineRange);
  ForEachPiece(arguments.count, 1 << 15, parallel, [&](int64_t begin, int64_t count) {
    run(lines, arguments.input + begin, arguments.output + begin, static_cast<size_t>(count));
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE

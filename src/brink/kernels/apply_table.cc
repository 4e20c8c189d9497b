// Looks up the 256-entry functions of 8-bit tensors.
#include <cstring>

#include "brink/kernels/quantized_elementwise.h"

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/apply_table.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// Bytes a nanosecond of many bytes in the second-level cache: 2.7 one by one, 17 by AVX-512 with
// VBMI, 10 without, 6 by AVX2; SSE4 would gain a fifth.
void TableLoop(const uint8_t* table, const uint8_t* input, uint8_t* output, size_t count) {
  for (size_t i = 0; i < count; ++i) output[i] = table[input[i]];
}

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || \
    (HWY_ARCH_ARM_A64 && HWY_TARGET != HWY_SCALAR)

namespace hn = hwy::HWY_NAMESPACE;
using ByteTag = hn::ScalableTag<uint8_t>;
using Bytes = hn::Vec<ByteTag>;
inline constexpr ByteTag kByte{};
inline constexpr size_t kStep = hn::MaxLanes(ByteTag());

#if HWY_TARGET == HWY_AVX3_DL

inline constexpr size_t kFewest = 48;  // bytes that are worth the start

// An instruction looks up 128 entries.
class Lookup {
 public:
  explicit Lookup(const uint8_t* table) {
    for (size_t i = 0; i < 4; ++i) quarters_[i] = hn::LoadU(kByte, table + i * kStep);
  }
  HWY_INLINE Bytes operator()(Bytes index) const {
    const __m512i low = _mm512_permutex2var_epi8(quarters_[0].raw, index.raw, quarters_[1].raw);
    const __m512i high = _mm512_permutex2var_epi8(quarters_[2].raw, index.raw, quarters_[3].raw);
    return Bytes{_mm512_mask_blend_epi8(_mm512_movepi8_mask(index.raw), low, high)};
  }

 private:
  Bytes quarters_[4];
};

#elif HWY_ARCH_ARM_A64

inline constexpr size_t kFewest = 32;

// An instruction looks up 64 entries, and leaves what it has where the index lies beyond them.
class Lookup {
 public:
  explicit Lookup(const uint8_t* table) {
    for (size_t i = 0; i < 4; ++i) quarters_[i] = vld1q_u8_x4(table + i * 64);
  }
  HWY_INLINE Bytes operator()(Bytes index) const {
    const uint8x16_t quarter = vdupq_n_u8(64);
    uint8x16_t at = index.raw;
    uint8x16_t result = vqtbl4q_u8(quarters_[0], at);
#pragma GCC unroll 3
    for (size_t i = 1; i < 4; ++i) {
      at = vsubq_u8(at, quarter);
      result = vqtbx4q_u8(result, quarters_[i], at);
    }
    return Bytes{result};
  }

 private:
  uint8x16x4_t quarters_[4];
};

#else

inline constexpr size_t kFewest = 256;

// An instruction looks up 16 entries, and gives 0 for an index of 128 or more. Of the 16 parts,
// each is looked up with the index less 16 times the part's number; of those that do not give 0
// the exclusive or is the entry, as each part holds its entries' differences to the parts before.
class Lookup {
 public:
  explicit Lookup(const uint8_t* table) {
    const hn::CappedTag<uint8_t, 16> d;
    const auto part = [&](size_t i) HWY_ATTR { return hn::LoadU(d, table + i * 16); };
    for (size_t i = 0; i < 16; ++i) {
      auto entries = part(i);
      if (i >= 1) entries = hn::Xor(entries, part(i - 1));
      // An index of 128 or more meets no part whose number is 8 less or smaller.
      if (i >= 8) entries = hn::Xor(entries, part(i - 8));
      if (i >= 9) entries = hn::Xor(entries, part(i - 9));
      hn::Store(entries, d, parts_ + i * 16);
    }
  }
  HWY_INLINE Bytes operator()(Bytes index) const {
    const Bytes part_size = hn::Set(kByte, 16);
    Bytes result = Part(0, index);
#pragma GCC unroll 8
    for (size_t i = 1; i <= 8; ++i) {
      index = hn::Sub(index, part_size);
      result = hn::Xor(result, Part(i, index));
    }
    // From here on an index below 0 stays there.
#pragma GCC unroll 8
    for (size_t i = 9; i < 16; ++i) {
      const hn::RebindToSigned<ByteTag> sign;
      index = hn::BitCast(kByte,
                          hn::SaturatedSub(hn::BitCast(sign, index), hn::BitCast(sign, part_size)));
      result = hn::Xor(result, Part(i, index));
    }
    return result;
  }

 private:
  HWY_INLINE Bytes Part(size_t i, Bytes index) const {
    return hn::TableLookupBytesOr0(hn::LoadDup128(kByte, parts_ + i * 16), index);
  }

  alignas(16) uint8_t parts_[256];
};

#endif  // AVX-512 with VBMI, 64-bit NEON, others

void TableVectors(const uint8_t* table, const uint8_t* input, uint8_t* output, size_t count) {
  const Lookup lookup(table);
  size_t i = 0;
  for (; i + kStep <= count; i += kStep) {
    hn::StoreU(lookup(hn::LoadU(kByte, input + i)), kByte, output + i);
  }
  if (i == count) return;
  uint8_t part[kStep] = {};
  std::memcpy(part, input + i, count - i);
  hn::StoreU(lookup(hn::LoadU(kByte, part)), kByte, part);
  std::memcpy(output + i, part, count - i);
}

#else

inline constexpr size_t kFewest = SIZE_MAX;

void TableVectors(const uint8_t*, const uint8_t*, uint8_t*, size_t) {}

#endif  // vectors

}  // namespace

void TableRange(const uint8_t* table, const uint8_t* input, uint8_t* output, size_t count) {
  const auto run = count < kFewest ? TableLoop : TableVectors;
  run(table, input, output, count);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(TableRange);

void ApplyTable(const ByteTable& table, const ByteArguments& arguments, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(TableRange);
  ForEachPiece(arguments.count, 1 << 15, parallel, [&](int64_t begin, int64_t count) {
    run(table.data(), arguments.input + begin, arguments.output + begin,
        static_cast<size_t>(count));
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE

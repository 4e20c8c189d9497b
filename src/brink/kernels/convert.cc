#include "brink/kernels/convert.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "brink/kernels/activation.h"
#include "brink/kernels/convert_vectors.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/kernels/widen_halves.h"
#include "brink/tensor/float16.h"

namespace brink::kernels {
namespace {

// Conversions go by blocks of int64_t, where the source is an integer, or of double: each type
// needs one way in and two ways out, and every value but a large uint64_t is kept.
constexpr int64_t kBlock = 256;

struct Elements {
  int64_t begin = 0;
  int64_t count = 0;
};

bool IsFloating(Type type) {
  return type == Type::kFloat32 || type == Type::kFloat64 || type == Type::kFloat16 ||
         type == Type::kBFloat16 || type == Type::kComplex64;
}

uint16_t FloatToBFloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

template <class T, class Block>
void LoadPlain(const void* input, int64_t begin, int64_t count, Block* block) {
  const T* from = static_cast<const T*>(input) + begin;
  // NOLINTNEXTLINE(bugprone-signed-char-misuse): these are numbers
  for (int64_t i = 0; i < count; ++i) block[i] = static_cast<Block>(from[i]);
}

void LoadInt4(const void* input, int64_t begin, int64_t count, int64_t* block) {
  const auto* bytes = static_cast<const uint8_t*>(input);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t at = begin + i;
    const int half = bytes[at / 2] >> (at % 2 == 0 ? 0 : 4) & 0xF;
    block[i] = half >= 8 ? half - 16 : half;
  }
}

void Load(Type type, const void* input, int64_t begin, int64_t count, int64_t* block) {
  switch (type) {
    case Type::kInt8:
      return LoadPlain<int8_t>(input, begin, count, block);
    case Type::kUInt8:
      return LoadPlain<uint8_t>(input, begin, count, block);
    case Type::kInt16:
      return LoadPlain<int16_t>(input, begin, count, block);
    case Type::kUInt16:
      return LoadPlain<uint16_t>(input, begin, count, block);
    case Type::kInt32:
      return LoadPlain<int32_t>(input, begin, count, block);
    case Type::kUInt32:
      return LoadPlain<uint32_t>(input, begin, count, block);
    case Type::kInt64:
      return LoadPlain<int64_t>(input, begin, count, block);
    case Type::kUInt64:
      return LoadPlain<uint64_t>(input, begin, count, block);
    case Type::kInt4:
      return LoadInt4(input, begin, count, block);
    default:  // bool
      LoadPlain<uint8_t>(input, begin, count, block);
      for (int64_t i = 0; i < count; ++i) block[i] = block[i] != 0 ? 1 : 0;
  }
}

void Load(Type type, const void* input, int64_t begin, int64_t count, double* block) {
  if (type == Type::kFloat32) return LoadPlain<float>(input, begin, count, block);
  if (type == Type::kFloat64) return LoadPlain<double>(input, begin, count, block);
  if (type == Type::kComplex64) {
    const auto* from = static_cast<const float*>(input) + 2 * begin;
    for (int64_t i = 0; i < count; ++i) block[i] = static_cast<double>(from[2 * i]);
    return;
  }
  const auto* from = static_cast<const uint16_t*>(input) + begin;
  const bool is_half = type == Type::kFloat16;
  for (int64_t i = 0; i < count; ++i) {
    block[i] = static_cast<double>(is_half ? HalfToFloat(from[i]) : BFloat16ToFloat(from[i]));
  }
}

template <class T, class Block>
T Narrow(Block value) {
  if constexpr (std::is_integral_v<T> && std::is_floating_point_v<Block>) {
    // 2^63 is the first double beyond the largest int64_t, which itself is none.
    constexpr auto kLow = static_cast<Block>(std::numeric_limits<T>::min());
    constexpr auto kHigh = static_cast<Block>(std::numeric_limits<T>::max());
    if (std::isnan(value)) return 0;
    if (value <= kLow) return std::numeric_limits<T>::min();
    if (value >= kHigh) return std::numeric_limits<T>::max();
  }
  return static_cast<T>(value);
}

template <class T, class Block>
void StorePlain(const Block* block, void* output, int64_t begin, int64_t count) {
  T* to = static_cast<T*>(output) + begin;
  for (int64_t i = 0; i < count; ++i) to[i] = Narrow<T>(block[i]);
}

template <class Block>
void StoreInt4(const Block* block, void* output, int64_t begin, int64_t count) {
  auto* bytes = static_cast<uint8_t*>(output);
  for (int64_t i = 0; i < count; ++i) {
    const Block bounded = std::clamp<Block>(block[i] == block[i] ? block[i] : 0, -8, 7);
    const auto half = static_cast<uint8_t>(static_cast<int>(bounded) & 0xF);
    uint8_t& byte = bytes[(begin + i) / 2];
    byte = static_cast<uint8_t>((begin + i) % 2 == 0 ? half : byte | half << 4);
  }
}

template <class Block>
void StoreRare(Type type, const Block* block, void* output, int64_t begin, int64_t count) {
  if (type == Type::kInt4) return StoreInt4(block, output, begin, count);
  if (type == Type::kBool) {
    auto* to = static_cast<uint8_t*>(output) + begin;
    for (int64_t i = 0; i < count; ++i) to[i] = block[i] != 0 ? 1 : 0;
  } else if (type == Type::kComplex64) {
    auto* to = static_cast<float*>(output) + 2 * begin;
    for (int64_t i = 0; i < count; ++i) {
      to[2 * i] = static_cast<float>(block[i]);
      to[2 * i + 1] = 0;
    }
  } else {
    auto* to = static_cast<uint16_t*>(output) + begin;
    for (int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<float>(block[i]);
      to[i] = type == Type::kFloat16 ? FloatToHalf(value) : FloatToBFloat16(value);
    }
  }
}

template <class Block>
void Store(Type type, const Block* block, void* output, int64_t begin, int64_t count) {
  switch (type) {
    case Type::kFloat32:
      return StorePlain<float>(block, output, begin, count);
    case Type::kFloat64:
      return StorePlain<double>(block, output, begin, count);
    case Type::kInt8:
      return StorePlain<int8_t>(block, output, begin, count);
    case Type::kUInt8:
      return StorePlain<uint8_t>(block, output, begin, count);
    case Type::kInt16:
      return StorePlain<int16_t>(block, output, begin, count);
    case Type::kUInt16:
      return StorePlain<uint16_t>(block, output, begin, count);
    case Type::kInt32:
      return StorePlain<int32_t>(block, output, begin, count);
    case Type::kUInt32:
      return StorePlain<uint32_t>(block, output, begin, count);
    case Type::kInt64:
      return StorePlain<int64_t>(block, output, begin, count);
    case Type::kUInt64:
      return StorePlain<uint64_t>(block, output, begin, count);
    default:
      return StoreRare(type, block, output, begin, count);
  }
}

template <class Block>
void ConvertBlocks(Type from, const void* input, Type to, void* output, Elements elements) {
  Block block[kBlock];
  const int64_t end = elements.begin + elements.count;
  for (int64_t begin = elements.begin; begin < end; begin += kBlock) {
    const int64_t part = std::min(kBlock, end - begin);
    Load(from, input, begin, part, block);
    Store(to, block, output, begin, part);
  }
}

// By vectors as far as these are whole.
int64_t ConvertVectors(Type from, const void* input, Type to, void* output, Elements elements) {
  const VectorConversion convert = ChooseConversion(from, to);
  if (convert == nullptr) return 0;
  const auto at = [&](Type type) { return elements.begin * TypeBits(type) / 8; };
  return static_cast<int64_t>(convert(static_cast<const std::byte*>(input) + at(from),
                                      static_cast<std::byte*>(output) + at(to),
                                      static_cast<size_t>(elements.count)));
}

}  // namespace

bool IsConvertible(Type type) { return TypeBits(type) > 0 && type != Type::kComplex128; }

void Convert(Type from, const void* input, Type to, void* output, int64_t count,
             const Parallel& parallel) {
  assert(IsConvertible(from) && IsConvertible(to));
  if (to == Type::kFloat32 && (from == Type::kInt8 || from == Type::kUInt8)) {
    const QuantizedType plain{from, {1.0F, 0}};
    return Dequantize(plain, input, static_cast<float*>(output), count, parallel);
  }
  if (from == Type::kFloat16 && to == Type::kFloat32) {
    const auto* halves = static_cast<const uint16_t*>(input);
    auto* floats = static_cast<float*>(output);
    return ForEachPiece(count, 1 << 14, parallel, [&](int64_t begin, int64_t length) {
      WidenHalves(halves + begin, floats + begin, length);
    });
  }
  constexpr int64_t kPiece = int64_t{1} << 14;  // even, so that no byte of INT4 is shared
  ForEachPiece(count, kPiece, parallel, [&](int64_t begin, int64_t length) {
    const int64_t done = ConvertVectors(from, input, to, output, {begin, length});
    const Elements rest{begin + done, length - done};
    if (IsFloating(from)) {
      ConvertBlocks<double>(from, input, to, output, rest);
    } else {
      ConvertBlocks<int64_t>(from, input, to, output, rest);
    }
  });
}

void Requantize(const Requantization& r, const void* input, void* output, int64_t count,
                const Parallel& parallel) {
  const IntRange range = TypeRange(r.to);
  const int64_t blocks = (count + kBlock - 1) / kBlock;
  ForEachPiece(blocks, 16, parallel, [&](int64_t first, int64_t length) {
    int64_t block[kBlock];
    for (int64_t i = first; i < first + length; ++i) {
      const int64_t begin = i * kBlock;
      const int64_t part = std::min(kBlock, count - begin);
      Load(r.from, input, begin, part, block);
      for (int64_t k = 0; k < part; ++k) {
        const auto centred = static_cast<int32_t>(
            std::clamp<int64_t>(block[k] - r.input_zero_point, INT32_MIN, INT32_MAX));
        const int64_t value =
            int64_t{MultiplyByMultiplier(centred, r.multiplier)} + r.output_zero_point;
        block[k] = std::clamp<int64_t>(value, range.low, range.high);
      }
      Store(r.to, block, output, begin, part);
    }
  });
}

void Dequantize(Type type, Affine input, const void* stored, float* output, int64_t count,
                const Parallel& parallel) {
  if (type != Type::kInt4)
    return Dequantize(QuantizedType{type, input}, stored, output, count, parallel);
  const int64_t blocks = (count + kBlock - 1) / kBlock;
  ForEachPiece(blocks, 64, parallel, [&](int64_t first, int64_t length) {
    int64_t block[kBlock];
    for (int64_t i = first; i < first + length; ++i) {
      const int64_t begin = i * kBlock;
      const int64_t part = std::min(kBlock, count - begin);
      LoadInt4(stored, begin, part, block);
      for (int64_t k = 0; k < part; ++k)
        output[begin + k] = input.scale * static_cast<float>(block[k] - input.zero_point);
    }
  });
}

namespace {

// Weights of 8 bits, of which there are many: what converts one at a time takes longer than to pack
// them.
template <class T>
void DequantizeBytes(const ChannelScales& channels, const T* stored, float* output) {
  constexpr int64_t kLeastRun = 16;
  const auto count = static_cast<int64_t>(channels.scales.size());
  const bool by_runs = channels.inner >= kLeastRun;
  const std::vector<int32_t> zeros(channels.zero_points.begin(), channels.zero_points.end());
  for (int64_t outer = 0; outer < channels.outer; ++outer) {
    if (channels.inner == 1) {
      for (int64_t c = 0; c < count; ++c)
        output[c] = channels.scales[static_cast<size_t>(c)] *
                    static_cast<float>(stored[c] - zeros[static_cast<size_t>(c)]);
      stored += count;
      output += count;
      continue;
    }
    for (size_t c = 0; c < channels.scales.size(); ++c) {
      const Affine affine{channels.scales[c], zeros[c]};
      if (by_runs) {
        Dequantize(QuantizedType{TypeOf<T>(), affine}, stored, output, channels.inner, {});
      } else {
        for (int64_t i = 0; i < channels.inner; ++i)
          output[i] = affine.scale * static_cast<float>(stored[i] - affine.zero_point);
      }
      stored += channels.inner;
      output += channels.inner;
    }
  }
}

}  // namespace

void Dequantize(Type type, const ChannelScales& channels, const void* stored, float* output) {
  if (type == Type::kInt8)
    return DequantizeBytes(channels, static_cast<const int8_t*>(stored), output);
  if (type == Type::kUInt8)
    return DequantizeBytes(channels, static_cast<const uint8_t*>(stored), output);
  const auto count = static_cast<int64_t>(channels.scales.size());
  int64_t at = 0;
  for (int64_t outer = 0; outer < channels.outer; ++outer) {
    for (int64_t channel = 0; channel < count; ++channel) {
      const auto c = static_cast<size_t>(channel);
      for (int64_t i = 0; i < channels.inner; ++i, ++at) {
        int64_t value = 0;
        Load(type, stored, at, 1, &value);
        output[at] = channels.scales[c] * static_cast<float>(value - channels.zero_points[c]);
      }
    }
  }
}

}  // namespace brink::kernels

// STABLEHLO_RNG_BIT_GENERATOR: {algorithm}: 0 default, 1 Philox, 2 Threefry. A state of 64-bit
// words (the key, then the counter) -> the state after, and random bits in the output's shape.
#include <algorithm>
#include <cstring>

#include "brink/kernels/random_numbers.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

struct Generator {
  bool is_threefry = false;
  size_t words = 2;   // of the state
  int64_t count = 0;  // 32-bit numbers to make
};

// 32-bit halves, the low one first.
uint32_t Half(const uint64_t* words, size_t index) {
  return static_cast<uint32_t>(words[index / 2] >> (index % 2 * 32));
}

void Generate(const Generator& generator, const uint64_t* state, uint64_t* after,
              std::byte* numbers) {
  const std::array<uint32_t, 2> key = {Half(state, 0), Half(state, 1)};
  // A short state's key is the rest of Philox's counter, too.
  const size_t rest = generator.words == 3 ? 4 : 0;
  uint64_t counter = state[1];
  const int64_t block = generator.is_threefry ? 2 : 4;
  for (int64_t i = 0; i < generator.count; i += block, ++counter) {
    const auto low = static_cast<uint32_t>(counter);
    const auto high = static_cast<uint32_t>(counter >> 32);
    std::array<uint32_t, 4> made{};
    if (generator.is_threefry) {
      const auto two = kernels::Threefry(key, {low, high});
      std::copy(two.begin(), two.end(), made.begin());
    } else {
      made = kernels::Philox(key, {low, high, Half(state, rest), Half(state, rest + 1)});
    }
    std::memcpy(numbers + i * 4, made.data(),
                static_cast<size_t>(std::min(block, generator.count - i)) * 4);
  }
  std::copy_n(state, generator.words, after);
  after[1] = counter;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 2));
  BRINK_TRY(node.CheckInputType(0, {Type::kUInt64}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kUInt64}));
  BRINK_TRY(node.CheckOutputType(1, {Type::kInt32, Type::kUInt32, Type::kInt64, Type::kUInt64}));
  const int8_t algorithm = node.options.Int8(0);
  if (algorithm < 0 || algorithm > 2)
    return node.Unsupported("algorithm " + std::to_string(algorithm));
  Generator generator{.is_threefry = algorithm == 2};
  const Shape& state = node.input(0).shape;
  const Shape& output = node.output(1).shape;
  const int64_t most = generator.is_threefry ? 2 : 3;
  if (state.rank() != 1 || state[0] < 2 || state[0] > most)
    return node.Invalid("input 0: a state of shape " + state.ToString());
  if (!output.known()) return node.Unsupported("an output of shape " + output.ToString());
  generator.words = static_cast<size_t>(state[0]);
  generator.count = output.elements() * (TypeBits(node.output(1).type) / 32);
  return Prepared{.shapes = {state, output},
                  .kernel = generator.is_threefry ? "threefry" : "philox",
                  .run = [generator](const Buffers& b) {
                    Generate(generator, b.in<uint64_t>(0), b.out<uint64_t>(0), b.outputs[1]);
                  }};
}

}  // namespace

extern const OpDef kStablehloRngBitGenerator{.name = "STABLEHLO_RNG_BIT_GENERATOR",
                                             .code = 204,
                                             .types = "i32 u32 i64 u64",
                                             .kernels = "philox; threefry",
                                             .prepare = Prepare};

}  // namespace brink::ops

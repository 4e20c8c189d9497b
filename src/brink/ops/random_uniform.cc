// RANDOM_UNIFORM and RANDOM_STANDARD_NORMAL: input 0 is the output's shape.
#include <algorithm>

#include "brink/ops/movement.h"
#include "brink/ops/random_source.h"

namespace brink::ops {
namespace {

// Makes four floats of a block's numbers.
using Floats = std::array<float, 4> (*)(const std::array<uint32_t, 4>& block);

Result<Prepared> Prepare(const NodeView& node, Floats floats) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kInt32, Type::kInt64}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  BRINK_ASSIGN(const std::vector<int64_t> dims, node.Integers(0));
  const Result<Shape> shape = Shape::Make(dims);
  if (!shape) return node.Invalid(shape.error().message);
  if (!shape->known()) return node.Invalid("input 0: a negative extent");
  const int64_t count = shape->elements();
  return Prepared{.shapes = {*shape},
                  .kernel = "philox",
                  .run = [floats, count, source = RandomSourceOf(node)](const Buffers& b) {
                    constexpr int64_t kBlock = 4;
                    const int64_t blocks = (count + kBlock - 1) / kBlock;
                    const uint64_t first = source->Take(static_cast<uint64_t>(blocks));
                    for (int64_t i = 0; i < blocks; ++i) {
                      const auto four =
                          floats(source->stream().Block(first + static_cast<uint64_t>(i)));
                      std::copy_n(four.begin(), std::min(kBlock, count - i * kBlock),
                                  b.out<float>(0) + i * kBlock);
                    }
                  }};
}

std::array<float, 4> Uniform(const std::array<uint32_t, 4>& block) {
  using kernels::UniformFloat;
  return {UniformFloat(block[0]), UniformFloat(block[1]), UniformFloat(block[2]),
          UniformFloat(block[3])};
}

std::array<float, 4> Normal(const std::array<uint32_t, 4>& block) {
  const auto [a, b] = kernels::NormalFloats(block[0], block[1]);
  const auto [c, d] = kernels::NormalFloats(block[2], block[3]);
  return {a, b, c, d};
}

}  // namespace

extern const OpDef kRandomUniform{
    .name = "RANDOM_UNIFORM",
    .code = 148,
    .foldable = false,
    .types = "f32",
    .kernels = "philox",
    .prepare = [](const NodeView& node) { return Prepare(node, Uniform); }};
extern const OpDef kRandomStandardNormal{
    .name = "RANDOM_STANDARD_NORMAL",
    .code = 146,
    .foldable = false,
    .types = "f32",
    .kernels = "philox",
    .prepare = [](const NodeView& node) { return Prepare(node, Normal); }};

}  // namespace brink::ops

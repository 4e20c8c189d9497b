// SQUEEZE: SqueezeOptions {squeeze_dims}; none named: every extent of 1 goes.
#include <array>

#include "brink/ops/reshape.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  const Shape& input = node.input(0).shape;
  std::array<bool, Shape::kMaxRank> dropped{};
  const std::vector<int32_t> named = node.options.Int32s(0);
  for (const int32_t dim : named) {
    BRINK_ASSIGN(const int axis, node.Axis(dim, input.rank()));
    if (input[axis] != 1) {
      return node.Invalid("axis " + std::to_string(axis) + " of " + input.ToString() + " is not 1");
    }
    dropped[static_cast<size_t>(axis)] = true;
  }
  Shape output;
  for (int axis = 0; axis < input.rank(); ++axis) {
    const bool drop = named.empty() ? input[axis] == 1 : dropped[static_cast<size_t>(axis)];
    if (!drop) output.Append(input[axis]);
  }
  return PrepareReshape(node, output);
}

}  // namespace

extern const OpDef kSqueeze{.name = "SQUEEZE",
                            .code = 43,
                            .max_version = 2,
                            .types = "f32 f16 f64 i4 i8 u8 i16 u16 i32 u32 i64 u64 bool c64 string",
                            .kernels = "copy",
                            .prepare = Prepare};

}  // namespace brink::ops

// TILE: input 1 says how often the input comes along each axis.
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  const Shape& input = node.input(0).shape;
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  BRINK_ASSIGN(const std::vector<int64_t> times, node.Integers(1));
  if (times.size() != static_cast<size_t>(input.rank())) {
    return node.Invalid("input 1: " + std::to_string(times.size()) + " multiples for " +
                        std::to_string(input.rank()) + " dimensions");
  }
  Shape wanted;
  for (int axis = 0; axis < input.rank(); ++axis) {
    const int64_t count = times[static_cast<size_t>(axis)];
    if (count < 0 || count > int64_t{1} << 40 ||
        (input[axis] > 0 && count > (int64_t{1} << 46) / input[axis]))
      return node.Invalid("input 1: multiple " + std::to_string(count) + " is out of range");
    wanted.Append(input[axis] * count);
  }
  BRINK_ASSIGN(const Shape output, CheckedShape(node, wanted));
  const auto from = ByteStrides(input, bytes);
  const auto to = ByteStrides(output, bytes);
  kernels::StridedCopy copy{.element_bytes = bytes};
  for (size_t i = 0; i < times.size(); ++i) {
    const int64_t extent = input[static_cast<int>(i)];
    copy.Append({times[i], 0, to[i] * extent});
    copy.Append({extent, from[i], to[i]});
  }
  return PrepareMoves(node, {{.output = output, .boxes = {copy}}});
}

}  // namespace

extern const OpDef kTile{.name = "TILE",
                         .code = 69,
                         .max_version = 3,
                         .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                         .kernels = "copy; strided copy",
                         .prepare = Prepare};

}  // namespace brink::ops

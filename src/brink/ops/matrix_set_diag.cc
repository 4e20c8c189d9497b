// MATRIX_SET_DIAG: matrices (input 0) with other diagonals (input 1).
#include <algorithm>
#include <cstring>

#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckRank(0, 2, Shape::kMaxRank));
  BRINK_TRY(node.CheckInputType(1, {node.input(0).type}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  const Shape& input = node.input(0).shape;
  const int64_t rows = input[input.rank() - 2];
  const int64_t columns = input[input.rank() - 1];
  const int64_t size = std::min(rows, columns);
  Shape diagonals;
  int64_t matrices = 1;
  for (int i = 0; i + 2 < input.rank(); ++i) {
    matrices *= input[i];
    diagonals.Append(input[i]);
  }
  diagonals.Append(size);
  if (!(node.input(1).shape == diagonals)) {
    return node.Invalid("input 1: shape " + node.input(1).shape.ToString() + ", wanted " +
                        diagonals.ToString());
  }
  const auto element = static_cast<int64_t>(bytes);
  kernels::StridedCopy copy{.element_bytes = bytes};
  copy.Append({matrices, size * element, rows * columns * element});
  copy.Append({size, element, (columns + 1) * element});
  return Prepared{
      .shapes = {input},
      .kernel = "strided copy",
      .run = [copy, whole = static_cast<size_t>(node.input(0).bytes())](const Buffers& b) {
        if (whole > 0 && b.outputs[0] != b.inputs[0]) std::memcpy(b.outputs[0], b.inputs[0], whole);
        kernels::CopyStrided(copy, b.inputs[1], b.outputs[0], b.parallel);
      }};
}

}  // namespace

extern const OpDef kMatrixSetDiag{.name = "MATRIX_SET_DIAG",
                                  .code = 115,
                                  .max_version = 1,
                                  .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                  .kernels = "strided copy",
                                  .prepare = Prepare};

}  // namespace brink::ops

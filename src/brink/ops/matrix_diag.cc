// MATRIX_DIAG: each row of the last axis becomes the diagonal of a matrix of zeros.
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckRank(0, 1, Shape::kMaxRank - 1));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  const Shape& input = node.input(0).shape;
  const int64_t size = input[input.rank() - 1];
  Shape wanted = input;
  wanted.Append(size);
  BRINK_ASSIGN(const Shape output, CheckedShape(node, wanted));
  int64_t matrices = 1;
  for (int i = 0; i + 1 < input.rank(); ++i) matrices *= input[i];
  const auto element = static_cast<int64_t>(bytes);
  kernels::StridedCopy copy{.element_bytes = bytes};
  copy.Append({matrices, size * element, size * size * element});
  copy.Append({size, element, (size + 1) * element});
  return PrepareMoves(node, {{.output = output, .boxes = {copy}, .fills = true}});
}

}  // namespace

extern const OpDef kMatrixDiag{.name = "MATRIX_DIAG",
                               .code = 113,
                               .max_version = 1,
                               .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                               .kernels = "strided copy",
                               .prepare = Prepare};

}  // namespace brink::ops

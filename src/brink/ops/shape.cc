// SHAPE: {out_type}. The extents of the input, known as soon as its shape is.
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

template <class T>
Tensor Extents(const Shape& shape) {
  std::vector<T> values;
  for (const int64_t extent : shape.dims()) values.push_back(static_cast<T>(extent));
  return Tensor::Of<T>({shape.rank()}, values);
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt32, Type::kInt64}));
  const Shape& shape = node.input(0).shape;
  Prepared prepared{.shapes = {{shape.rank()}}, .kernel = "known"};
  prepared.known.push_back(node.output(0).type == Type::kInt32 ? Extents<int32_t>(shape)
                                                               : Extents<int64_t>(shape));
  return prepared;
}

}  // namespace

extern const OpDef kShape{.name = "SHAPE",
                          .code = 77,
                          .max_version = 1,
                          .types = "f32 f16 f64 i4 i8 u8 i16 u16 i32 u32 i64 u64 bool c64 string",
                          .kernels = "known",
                          .prepare = Prepare};

}  // namespace brink::ops

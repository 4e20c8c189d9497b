// RESIZE_NEAREST_NEIGHBOR: ResizeNearestNeighborOptions {align_corners, half_pixel_centers}.
#include "brink/ops/resize.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(
      0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16, Type::kInt32}));
  const Type type = node.input(0).type;
  BRINK_TRY(node.CheckOutputType(0, {type}));
  BRINK_ASSIGN(const auto problem, ReadResize(node, {0, 1}));
  const auto bytes = static_cast<size_t>(TypeBits(type)) / 8;
  return Prepared{
      .shapes = {ResizeShape(problem)},
      .kernel = "nearest",
      .scratch_bytes = kernels::ResizeScratchBytes(problem, node.threads),
      .run = [problem, bytes](const Buffers& b) {
        kernels::ResizeNearest(problem, bytes, {b.inputs[0], b.outputs[0], b.scratch, b.parallel});
      }};
}

}  // namespace

extern const OpDef kResizeNearestNeighbor{.name = "RESIZE_NEAREST_NEIGHBOR",
                                          .code = 97,
                                          .max_version = 4,
                                          .types = "f32 i8 u8 i16 i32",
                                          .kernels = "nearest",
                                          .prepare = Prepare};

}  // namespace brink::ops

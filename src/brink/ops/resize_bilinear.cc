// RESIZE_BILINEAR: ResizeBilinearOptions {new_height (old), new_width (old), align_corners,
// half_pixel_centers}.
#include "brink/ops/resize.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16}));
  const Type type = node.input(0).type;
  BRINK_TRY(node.CheckOutputType(0, {type}));
  BRINK_ASSIGN(const auto problem, ReadResize(node, {2, 3}));
  if (problem.align_corners && problem.half_pixel_centers) {
    return node.Invalid("align_corners and half_pixel_centers exclude each other");
  }
  return Prepared{
      .shapes = {ResizeShape(problem)},
      .kernel = "bilinear",
      .scratch_bytes = kernels::ResizeScratchBytes(problem, node.threads),
      .run = [problem, type](const Buffers& b) {
        kernels::ResizeBilinear(problem, type, {b.inputs[0], b.outputs[0], b.scratch, b.parallel});
      }};
}

}  // namespace

extern const OpDef kResizeBilinear{.name = "RESIZE_BILINEAR",
                                   .code = 23,
                                   .max_version = 4,
                                   .types = "f32 i8 u8 i16",
                                   .kernels = "bilinear",
                                   .prepare = Prepare};

}  // namespace brink::ops

// MediaPipe's TransformLandmarks, version 2: landmarks [1, landmarks, 2 or 3], a transform of 16
// numbers.
#include <algorithm>

#include "brink/kernels/landmarks.h"
#include "brink/model/graph.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckInputType(1, {Type::kFloat32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  const Shape& shape = node.input(0).shape;
  if (shape.rank() != 3 || shape[0] != 1 || shape[2] < 2 || shape[2] > 3) {
    return node.Unsupported("landmarks of shape " + shape.ToString() + ", [1, n, 2 or 3] is " +
                            "supported");
  }
  if (node.input(1).shape.elements() != 16) {
    return node.Invalid("input 1: shape " + node.input(1).shape.ToString() +
                        ", wanted a transform of 16 numbers");
  }
  return Prepared{
      .shapes = {shape},
      .kernel = "float32",
      .run = [count = shape[1], dimensions = static_cast<int>(shape[2])](const Buffers& b) {
        kernels::Transform transform;
        std::copy_n(b.in<float>(1), transform.size(), transform.begin());
        kernels::TransformLandmarks(transform, count, dimensions, b.in<float>(0), b.out<float>(0));
      }};
}

}  // namespace

extern const OpDef kTransformLandmarks{.name = "TransformLandmarks",
                                       .code = model::kCustomCode,
                                       .max_version = 2,
                                       .types = "f32",
                                       .kernels = "float32",
                                       .prepare = Prepare};

}  // namespace brink::ops

// MediaPipe's TransformTensorBilinear, version 2: a picture [1, height, width, channels], a
// transform of 16 numbers; options {output_height, output_width}.
#include <algorithm>

#include "brink/kernels/landmarks.h"
#include "brink/model/graph.h"
#include "brink/ops/custom_options.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

constexpr int32_t kMostExtent = 1 << 16;

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckInputType(1, {Type::kFloat32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckRank(0, 4, 4));
  BRINK_ASSIGN(const model::FlexMap options, ReadFlexOptions(node));
  BRINK_ASSIGN(const int32_t height, FlexInt(node, options, "output_height", 1, kMostExtent));
  BRINK_ASSIGN(const int32_t width, FlexInt(node, options, "output_width", 1, kMostExtent));
  const Shape& in = node.input(0).shape;
  const bool fits = in[0] == 1 && std::all_of(in.dims().begin(), in.dims().end(), [](int64_t dim) {
                      return dim >= 1 && dim <= kMostExtent;
                    });
  if (!fits || node.input(1).shape.elements() != 16) {
    return node.Invalid("a picture of shape " + in.ToString() + " and a transform of shape " +
                        node.input(1).shape.ToString() +
                        ", wanted [1, height, width, channels] and 16 numbers");
  }
  const kernels::CropShape shape{.in_height = static_cast<int>(in[1]),
                                 .in_width = static_cast<int>(in[2]),
                                 .channels = static_cast<int>(in[3]),
                                 .out_height = height,
                                 .out_width = width};
  return Prepared{
      .shapes = {{1, height, width, in[3]}}, .kernel = "float32", .run = [shape](const Buffers& b) {
        kernels::Transform transform;
        std::copy_n(b.in<float>(1), transform.size(), transform.begin());
        kernels::CropBilinear(shape, transform, b.in<float>(0), b.out<float>(0));
      }};
}

}  // namespace

extern const OpDef kTransformTensorBilinear{.name = "TransformTensorBilinear",
                                            .code = model::kCustomCode,
                                            .max_version = 2,
                                            .types = "f32",
                                            .kernels = "float32",
                                            .prepare = Prepare};

}  // namespace brink::ops

// MediaPipe's Landmarks2TransformMatrix, version 2: landmarks [1, landmarks, 3] -> [1, 4, 4].
#include <algorithm>
#include <memory>

#include "brink/kernels/landmarks.h"
#include "brink/model/graph.h"
#include "brink/ops/custom_options.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

// The last of an odd number of indices is paired with itself.
Result<std::vector<std::pair<int, int>>> ReadSubset(const NodeView& node,
                                                    const model::FlexMap& options,
                                                    int32_t landmarks) {
  const std::vector<double> indices = options.Numbers("subset_idxs");
  if (indices.empty()) return node.Invalid("options: subset_idxs has no indices");
  std::vector<std::pair<int, int>> subset;
  for (size_t i = 0; i < indices.size(); i += 2) {
    const double second = i + 1 < indices.size() ? indices[i + 1] : indices[i];
    for (const double index : {indices[i], second}) {
      if (index >= 0 && index < landmarks) continue;
      return node.Invalid("options: landmark " + std::to_string(index) + " of " +
                          std::to_string(landmarks));
    }
    subset.emplace_back(static_cast<int>(indices[i]), static_cast<int>(second));
  }
  return subset;
}

Result<kernels::LandmarkCrop> ReadCrop(const NodeView& node, int32_t landmarks) {
  constexpr int32_t kMostExtent = 1 << 16;
  BRINK_ASSIGN(const model::FlexMap options, ReadFlexOptions(node));
  kernels::LandmarkCrop crop;
  BRINK_ASSIGN(crop.left, FlexInt(node, options, "left_rotation_idx", 0, landmarks - 1));
  BRINK_ASSIGN(crop.right, FlexInt(node, options, "right_rotation_idx", 0, landmarks - 1));
  BRINK_ASSIGN(crop.width, FlexInt(node, options, "output_width", 1, kMostExtent));
  BRINK_ASSIGN(crop.height, FlexInt(node, options, "output_height", 1, kMostExtent));
  BRINK_ASSIGN(crop.scale_x, FlexFloat(node, options, "scale_x"));
  BRINK_ASSIGN(crop.scale_y, FlexFloat(node, options, "scale_y"));
  BRINK_ASSIGN(crop.target_radians, FlexFloat(node, options, "target_rotation_radians"));
  if (crop.scale_x <= 0 || crop.scale_y <= 0) {
    return node.Invalid("options: a scale that is not positive");
  }
  BRINK_ASSIGN(crop.subset, ReadSubset(node, options, landmarks));
  return crop;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  const Shape& shape = node.input(0).shape;
  if (shape.rank() != 3 || shape[0] != 1 || shape[2] != 3 || shape[1] < 1 || shape[1] > (1 << 24)) {
    return node.Unsupported("landmarks of shape " + shape.ToString() + ", [1, n, 3] is supported");
  }
  BRINK_ASSIGN(kernels::LandmarkCrop crop, ReadCrop(node, static_cast<int32_t>(shape[1])));
  return Prepared{.shapes = {{1, 4, 4}},
                  .kernel = "float32",
                  .run = [crop = std::make_shared<const kernels::LandmarkCrop>(std::move(crop))](
                             const Buffers& b) {
                    const kernels::Transform transform =
                        kernels::CropTransform(*crop, b.in<float>(0));
                    std::copy(transform.begin(), transform.end(), b.out<float>(0));
                  }};
}

}  // namespace

extern const OpDef kLandmarks2TransformMatrix{.name = "Landmarks2TransformMatrix",
                                              .code = model::kCustomCode,
                                              .max_version = 2,
                                              .types = "f32",
                                              .kernels = "float32",
                                              .prepare = Prepare};

}  // namespace brink::ops

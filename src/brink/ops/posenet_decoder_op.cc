// Coral's PosenetDecoderOp: scores, short and mid offsets of a pose network, maybe long ones -> the
// poses' keypoints, keypoint scores, scores and count, with long offsets masks, too. Options, a
// flexbuffer: {max_detections, score_threshold, stride, nms_radius}.
#include <algorithm>

#include "brink/kernels/pose.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/model/graph.h"
#include "brink/ops/conv_form.h"
#include "brink/ops/custom_options.h"
#include "brink/ops/movement.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

constexpr int kMostInputs = 4;
constexpr std::array<int64_t, kMostInputs> kChannels = {
    kernels::kKeypoints, 2 * kernels::kKeypoints, 4 * kernels::kPoseEdges, 2 * kernels::kKeypoints};

// An input as floats in scratch memory, the offsets in units of the grid.
struct MapInput {
  kernels::Affine affine{1, 0};
  bool is_quantised = false;
  int height = 0;
  int width = 0;
  int64_t count = 0;
  size_t at = 0;

  const float* Read(const Buffers& b, size_t input) const {
    auto* to = reinterpret_cast<float*>(b.scratch + at);
    for (int64_t i = 0; i < count; ++i) {
      to[i] =
          affine.scale *
          (is_quantised ? static_cast<float>(int32_t{b.in<uint8_t>(input)[i]} - affine.zero_point)
                        : b.in<float>(input)[i]);
    }
    return to;
  }
};

struct Decoder {
  kernels::PoseDecoder poses;
  std::vector<MapInput> maps;
};

Status ReadOptions(const NodeView& node, kernels::PoseDecoder& decoder) {
  constexpr int32_t kMost = 1 << 12;  // the work grows with its square
  BRINK_ASSIGN(const model::FlexMap options, ReadFlexOptions(node));
  BRINK_ASSIGN(decoder.most, FlexInt(node, options, "max_detections", 1, kMost));
  BRINK_ASSIGN(const int32_t stride, FlexInt(node, options, "stride", 1, kMost));
  BRINK_ASSIGN(const float radius, FlexFloat(node, options, "nms_radius"));
  BRINK_ASSIGN(decoder.score_threshold, FlexFloat(node, options, "score_threshold"));
  decoder.stride = static_cast<float>(stride);
  decoder.radius = radius / decoder.stride;
  if (decoder.score_threshold > 0 && decoder.score_threshold < 1) return {};
  return node.Invalid("options: score_threshold " + std::to_string(decoder.score_threshold) +
                      ", wanted more than 0, less than 1");
}

Result<MapInput> ReadMap(const NodeView& node, int i, float stride, size_t& scratch_bytes) {
  constexpr int64_t kMostExtent = 1 << 14;
  BRINK_TRY(node.CheckInputType(i, {Type::kFloat32, Type::kUInt8}));
  const Shape& shape = node.input(i).shape;
  const int64_t channels = kChannels[static_cast<size_t>(i)];
  if (shape.rank() != 4 || shape[0] != 1 || shape[3] != channels || shape[1] < 1 ||
      shape[1] > kMostExtent || shape[2] < 1 || shape[2] > kMostExtent) {
    return node.Invalid("input " + std::to_string(i) + ": shape " + shape.ToString() +
                        ", wanted [1, height, width, " + std::to_string(channels) + "]");
  }
  MapInput map{.height = static_cast<int>(shape[1]), .width = static_cast<int>(shape[2])};
  map.count = shape.elements();
  map.at = scratch_bytes;
  map.is_quantised = node.input(i).type == Type::kUInt8;
  if (map.is_quantised) {
    BRINK_ASSIGN(map.affine, AffineOf(node, node.input(i)));
  }
  if (i > 0) map.affine.scale /= stride;
  scratch_bytes += ScratchAligned(static_cast<size_t>(map.count) * sizeof(float));
  return map;
}

void Decode(const Decoder& decoder, const Buffers& b) {
  const MapInput& first = decoder.maps[0];
  const std::vector<kernels::Pose> poses =
      kernels::DecodePoses(decoder.poses, {first.height, first.width, first.Read(b, 0),
                                           decoder.maps[1].Read(b, 1), decoder.maps[2].Read(b, 2)});
  const int64_t most = decoder.poses.most;
  constexpr int64_t kPoints = kernels::kKeypoints;
  std::fill_n(b.out<float>(0), most * kPoints * 2, 0.0F);
  std::fill_n(b.out<float>(1), most * kPoints, 0.0F);
  std::fill_n(b.out<float>(2), most, 0.0F);
  for (size_t i = 0; i < poses.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    std::copy_n(poses[i].points.begin(), kPoints, b.out<kernels::PosePoint>(0) + row * kPoints);
    std::copy_n(poses[i].scores.begin(), kPoints, b.out<float>(1) + row * kPoints);
    b.out<float>(2)[row] = poses[i].score;
  }
  *b.out<float>(3) = static_cast<float>(poses.size());
  if (decoder.maps.size() < kMostInputs) return;
  const MapInput& longs = decoder.maps[3];
  std::fill_n(b.out<float>(4), most * longs.height * longs.width, 0.0F);
  kernels::MaskPoses(poses, decoder.poses.stride, {longs.height, longs.width, longs.Read(b, 3)},
                     b.out<float>(4));
}

Result<Prepared> Prepare(const NodeView& node) {
  const bool has_masks = node.inputs.size() == kMostInputs;
  BRINK_TRY(node.CheckCounts(has_masks ? 4 : 3, kMostInputs, has_masks ? 5 : 4));
  for (size_t i = 0; i < node.outputs.size(); ++i)
    BRINK_TRY(node.CheckOutputType(static_cast<int>(i), {Type::kFloat32}));
  Decoder decoder;
  BRINK_TRY(ReadOptions(node, decoder.poses));
  size_t scratch_bytes = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    BRINK_ASSIGN(const MapInput map,
                 ReadMap(node, static_cast<int>(i), decoder.poses.stride, scratch_bytes));
    decoder.maps.push_back(map);
    if (i < 3 && (map.height != decoder.maps[0].height || map.width != decoder.maps[0].width))
      return node.Invalid("input " + std::to_string(i) + ": not as large as input 0");
  }
  const int64_t most = decoder.poses.most;
  Prepared prepared{
      .shapes = {{1, most, kernels::kKeypoints, 2}, {1, most, kernels::kKeypoints}, {1, most}, {1}},
      .kernel = "poses",
      .scratch_bytes = scratch_bytes};
  if (has_masks) {
    BRINK_ASSIGN(const Shape masks,
                 CheckedShape(node, {1, most, decoder.maps[3].height, decoder.maps[3].width}));
    prepared.shapes.push_back(masks);
  }
  prepared.run = [decoder = std::move(decoder)](const Buffers& b) { Decode(decoder, b); };
  return prepared;
}

}  // namespace

extern const OpDef kPosenetDecoderOp{.name = "PosenetDecoderOp",
                                     .code = model::kCustomCode,
                                     .max_version = 2,
                                     .types = "f32 u8",
                                     .kernels = "poses",
                                     .prepare = Prepare};

}  // namespace brink::ops

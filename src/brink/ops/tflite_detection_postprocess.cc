// TFLite_Detection_PostProcess: box encodings [1, boxes, 4], class predictions [1, boxes, classes
// with background], anchors [boxes, 4] -> boxes, classes, scores, count. Options are a flexbuffer.
#include <cmath>
#include <cstring>

#include "brink/kernels/detection.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/model/flex_map.h"
#include "brink/model/graph.h"
#include "brink/ops/conv_form.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

constexpr int64_t kMostBoxes = int64_t{1} << 24;

Status ReadLimits(const NodeView& node, const model::FlexMap& options,
                  kernels::DetectionProblem& problem) {
  problem.classes = options.Int("num_classes").value_or(0);
  problem.most_detections = options.Int("max_detections").value_or(0);
  problem.most_classes = options.Int("max_classes_per_detection").value_or(0);
  problem.most_per_class = options.Int("detections_per_class").value_or(100);
  problem.regular = options.Number("use_regular_nms").value_or(0) != 0;
  for (const int limit :
       {problem.classes, problem.most_detections, problem.most_classes, problem.most_per_class}) {
    if (limit < 1 || limit > (1 << 20)) {
      return node.Invalid("options: a limit of " + std::to_string(limit) + ", wanted 1 to " +
                          std::to_string(1 << 20));
    }
  }
  return {};
}

Status ReadNumbers(const NodeView& node, const model::FlexMap& options,
                   kernels::DetectionProblem& problem) {
  const auto number = [&](std::string_view key) {
    return static_cast<float>(options.Number(key).value_or(0));
  };
  problem.score_threshold = number("nms_score_threshold");
  problem.iou_threshold = number("nms_iou_threshold");
  problem.y_scale = number("y_scale");
  problem.x_scale = number("x_scale");
  problem.h_scale = number("h_scale");
  problem.w_scale = number("w_scale");
  if (!(problem.iou_threshold > 0) || problem.iou_threshold > 1) {
    return node.Invalid("options: nms_iou_threshold " + std::to_string(problem.iou_threshold) +
                        ", wanted more than 0, at most 1");
  }
  for (const float scale : {problem.y_scale, problem.x_scale, problem.h_scale, problem.w_scale}) {
    if (!std::isfinite(scale) || scale == 0) {
      return node.Invalid("options: a scale of " + std::to_string(scale));
    }
  }
  return {};
}

Status CheckShapes(const NodeView& node, kernels::DetectionProblem& problem) {
  const Shape& boxes = node.input(0).shape;
  const Shape& scores = node.input(1).shape;
  const Shape& anchors = node.input(2).shape;
  const bool fits = boxes.rank() == 3 && scores.rank() == 3 && anchors.rank() == 2 &&
                    boxes[0] == 1 && scores[0] == 1 && boxes[2] >= 4 && boxes[1] >= 1 &&
                    boxes[1] <= kMostBoxes && scores[1] == boxes[1] && anchors[0] == boxes[1] &&
                    anchors[1] == 4 && scores[2] >= 1 && scores[2] <= kMostBoxes;
  if (!fits || boxes[2] != 4) {
    return node.Invalid("boxes " + boxes.ToString() + ", scores " + scores.ToString() +
                        " and anchors " + anchors.ToString() + " do not fit together");
  }
  problem.boxes = static_cast<int>(boxes[1]);
  problem.columns = static_cast<int>(scores[2]);
  if (problem.columns == problem.classes || problem.columns == problem.classes + 1) return {};
  return node.Invalid(std::to_string(problem.columns) + " scores a box for " +
                      std::to_string(problem.classes) + " classes");
}

// An input as floats: as it is, or dequantised into scratch.
struct FloatInput {
  bool quantised = false;
  kernels::QuantizedType type;
  int64_t count = 0;
  size_t at = 0;

  const float* Read(const Buffers& b, size_t index) const {
    if (!quantised) return b.in<float>(index);
    auto* to = reinterpret_cast<float*>(b.scratch + at);
    kernels::Dequantize(type, b.inputs[index], to, count, b.parallel);
    return to;
  }
};

Result<std::vector<FloatInput>> ReadInputs(const NodeView& node, size_t& scratch_bytes) {
  std::vector<FloatInput> inputs;
  for (int i = 0; i < 3; ++i) {
    BRINK_TRY(node.CheckInputType(i, {Type::kFloat32, Type::kUInt8, Type::kInt8}));
    FloatInput input{.count = node.input(i).shape.elements()};
    if (node.input(i).type != Type::kFloat32) {
      BRINK_ASSIGN(input.type, QuantizedTypeOf(node, node.input(i)));
      input.quantised = true;
      input.at = scratch_bytes;
      scratch_bytes += ScratchAligned(static_cast<size_t>(input.count) * sizeof(float));
    }
    inputs.push_back(input);
  }
  return inputs;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 4));
  for (int i = 0; i < 4; ++i) {
    if (node.output(i).type != Type::kFloat32) {
      return node.Unsupported("output " + std::to_string(i) + " is not FLOAT32");
    }
  }
  const Result<model::FlexMap> options = model::FlexMap::Read(node.custom_options);
  if (!options) return node.Fail(options.error().code, options.error().message);
  kernels::DetectionProblem problem;
  BRINK_TRY(ReadLimits(node, *options, problem));
  BRINK_TRY(ReadNumbers(node, *options, problem));
  BRINK_TRY(CheckShapes(node, problem));
  size_t scratch_bytes = ScratchAligned(kernels::DetectionScratchBytes(problem));
  BRINK_ASSIGN(const std::vector<FloatInput> inputs, ReadInputs(node, scratch_bytes));
  const int64_t places = kernels::DetectionPlaces(problem);
  const auto run = [problem, inputs, places](const Buffers& b) {
    const auto count = static_cast<size_t>(places);
    const int found = kernels::Detect(
        problem, {inputs[0].Read(b, 0), inputs[1].Read(b, 1), inputs[2].Read(b, 2)},
        {{b.out<kernels::Corners>(0), count}, {b.out<float>(1), count}, {b.out<float>(2), count}},
        b.scratch);
    *b.out<float>(3) = static_cast<float>(found);
  };
  return Prepared{.shapes = {{1, places, 4}, {1, places}, {1, places}, {1}},
                  .kernel = "non-maximum suppression",
                  .scratch_bytes = scratch_bytes,
                  .run = run};
}

}  // namespace

extern const OpDef kTfliteDetectionPostprocess{.name = "TFLite_Detection_PostProcess",
                                               .code = model::kCustomCode,
                                               .types = "f32 i8 u8",
                                               .kernels = "non-maximum suppression",
                                               .prepare = Prepare};

}  // namespace brink::ops

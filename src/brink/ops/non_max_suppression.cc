// NON_MAX_SUPPRESSION_V4: boxes [boxes, 4], scores [boxes], how many to select at most, and
// thresholds of overlap and score -> indices, padded with zeros, and their count. V5 also takes
// the sigma of soft suppression and gives the scores.
#include "brink/kernels/non_max_suppression.h"

#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

constexpr int64_t kMostBoxes = int64_t{1} << 24;

Status CheckBoxes(const NodeView& node) {
  for (const int i : {0, 1, 3, 4, 5}) {
    if (node.has_input(i)) BRINK_TRY(node.CheckInputType(i, {Type::kFloat32}));
  }
  const Shape& boxes = node.input(0).shape;
  const Shape& scores = node.input(1).shape;
  if (boxes.rank() != 2 || boxes[1] != 4 || boxes[0] > kMostBoxes || scores.rank() != 1 ||
      scores[0] != boxes[0]) {
    return node.Invalid("boxes of shape " + boxes.ToString() + " with scores of shape " +
                        scores.ToString() + ", wanted [n, 4] and [n], n at most " +
                        std::to_string(kMostBoxes));
  }
  for (int i = 2; i < static_cast<int>(node.inputs.size()); ++i) {
    if (node.input(i).shape.elements() != 1) {
      return node.Invalid("input " + std::to_string(i) + ": shape " +
                          node.input(i).shape.ToString() + ", wanted one number");
    }
  }
  return {};
}

// Bounds the memory of the outputs, too: there are never more selected than boxes, but room for
// more may be asked for.
Result<int64_t> ReadPlaces(const NodeView& node) {
  BRINK_TRY(node.CheckInputType(2, {Type::kInt32}));
  BRINK_ASSIGN(const std::vector<int64_t> most, node.Integers(2));
  if (most[0] >= 0 && most[0] <= kMostBoxes) return most[0];
  return node.Invalid("input 2: " + std::to_string(most[0]) + " boxes to select, wanted 0 to " +
                      std::to_string(kMostBoxes));
}

Result<Prepared> Prepare(const NodeView& node, bool is_soft) {
  const int outputs = is_soft ? 3 : 2;
  BRINK_TRY(node.CheckCounts(is_soft ? 6 : 5, is_soft ? 6 : 5, outputs));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt32}));
  if (is_soft) BRINK_TRY(node.CheckOutputType(1, {Type::kFloat32}));
  BRINK_TRY(node.CheckOutputType(outputs - 1, {Type::kInt32}));
  BRINK_TRY(CheckBoxes(node));
  BRINK_ASSIGN(const int64_t places, ReadPlaces(node));
  const int64_t boxes = node.input(0).shape[0];
  Prepared prepared{.shapes = {{places}},
                    .kernel = "non-maximum suppression",
                    .scratch_bytes = kernels::SuppressionScratchBytes(boxes)};
  if (is_soft) prepared.shapes.push_back({places});
  prepared.shapes.push_back({});
  prepared.run = [boxes, places, is_soft](const Buffers& b) -> Status {
    const kernels::Suppression suppression{.overlap = *b.in<float>(3),
                                           .score = *b.in<float>(4),
                                           .sigma = is_soft ? *b.in<float>(5) : 0};
    if (!(suppression.sigma >= 0)) {
      return Fail(Code::kInvalidArgument,
                  "input 5: sigma " + std::to_string(suppression.sigma) + ", wanted 0 or more");
    }
    const int found =
        kernels::SuppressBoxes(suppression, {b.in<kernels::Corners>(0), static_cast<size_t>(boxes)},
                               b.in<float>(1), {b.out<int32_t>(0), static_cast<size_t>(places)},
                               is_soft ? b.out<float>(1) : nullptr, b.scratch);
    *b.out<int32_t>(is_soft ? 2 : 1) = found;
    return {};
  };
  return prepared;
}

}  // namespace

extern const OpDef kNonMaxSuppressionV4{
    .name = "NON_MAX_SUPPRESSION_V4",
    .code = 120,
    .types = "f32",
    .kernels = "non-maximum suppression",
    .prepare = [](const NodeView& node) { return Prepare(node, false); }};
extern const OpDef kNonMaxSuppressionV5{
    .name = "NON_MAX_SUPPRESSION_V5",
    .code = 121,
    .types = "f32",
    .kernels = "non-maximum suppression",
    .prepare = [](const NodeView& node) { return Prepare(node, true); }};

}  // namespace brink::ops

// PAD and PADV2: input 1 is [rank, 2], what is added before and after each axis; input 2 of PADV2
// is the value that fills.
#include <algorithm>
#include <array>

#include "brink/kernels/copy.h"
#include "brink/ops/op.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

using Element = std::array<std::byte, 8>;

Result<kernels::PadProblem> ReadProblem(const NodeView& node) {
  const Value& input = node.input(0);
  BRINK_ASSIGN(const std::vector<int64_t> paddings, node.Integers(1));
  const auto rank = static_cast<size_t>(input.shape.rank());
  if (paddings.size() != 2 * rank) {
    return node.Invalid("input 1: " + std::to_string(paddings.size()) + " paddings for " +
                        std::to_string(rank) + " dimensions, wanted two each");
  }
  kernels::PadProblem problem{.input = input.shape,
                              .element_bytes = static_cast<size_t>(TypeBits(input.type)) / 8};
  for (size_t axis = 0; axis < rank; ++axis) {
    problem.before[axis] = paddings[2 * axis];
    problem.after[axis] = paddings[2 * axis + 1];
    constexpr int64_t kMost = int64_t{1} << 40;
    if (std::min(paddings[2 * axis], paddings[2 * axis + 1]) < 0 ||
        std::max(paddings[2 * axis], paddings[2 * axis + 1]) > kMost) {
      return node.Invalid("input 1: padding " + std::to_string(paddings[2 * axis]) + ", " +
                          std::to_string(paddings[2 * axis + 1]) + " of axis " +
                          std::to_string(axis) + " is out of range");
    }
  }
  return problem;
}

// The element that fills: zero, a quantised zero, or what input 2 holds.
Result<Element> Filling(const NodeView& node) {
  Element element{};
  const Value& input = node.input(0);
  if (node.has_input(2)) {
    BRINK_TRY(node.CheckInputType(2, {input.type}));
    BRINK_TRY(node.CheckConstant(2));
    if (node.input(2).shape.elements() != 1) return node.Invalid("input 2: wanted one value");
    std::copy(node.input(2).data.begin(), node.input(2).data.end(), element.begin());
  } else if (!node.output(0).quantization.empty()) {
    BRINK_ASSIGN(const kernels::Affine affine, AffineOf(node, node.output(0)));
    for (size_t i = 0; i < 4; ++i) {  // little-endian; a narrower element takes the first bytes
      element[i] = static_cast<std::byte>(static_cast<uint32_t>(affine.zero_point) >> (8 * i));
    }
  }
  return element;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 3, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16,
                                    Type::kInt32, Type::kInt64, Type::kBool}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_TRY(node.CheckRank(0, 1, Shape::kMaxRank));
  BRINK_ASSIGN(const kernels::PadProblem problem, ReadProblem(node));
  BRINK_ASSIGN(const Element filling, Filling(node));
  Shape shape = problem.input;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    shape[axis] +=
        problem.before[static_cast<size_t>(axis)] + problem.after[static_cast<size_t>(axis)];
  }
  return Prepared{.shapes = {shape}, .kernel = "copy", .run = [problem, filling](const Buffers& b) {
                    kernels::Pad(problem, filling.data(), b.inputs[0], b.outputs[0], b.parallel);
                  }};
}

}  // namespace

extern const OpDef kPad{.name = "PAD", .code = 34, .max_version = 4, .prepare = Prepare};
extern const OpDef kPadv2{.name = "PADV2", .code = 60, .max_version = 4, .prepare = Prepare};

}  // namespace brink::ops

#include "brink/ops/movement.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "brink/kernels/copy.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

using kernels::StridedCopy;

// A move as it runs.
struct Plan {
  std::vector<StridedCopy> boxes;
  bool fills = false;
  Element filling{};
  size_t element_bytes = 0;
  int64_t elements = 0;
  bool is_view = false;  // the output is a piece of the input, without boxes
  int64_t view_offset = 0;
};

void RunPlan(const Plan& plan, const std::byte* input, std::byte* output,
             const kernels::Parallel& parallel) {
  if (plan.is_view) {
    if (output == input + plan.view_offset) return;
    return kernels::CopyStrided(
        {.element_bytes = static_cast<size_t>(plan.elements) * plan.element_bytes,
         .from_offset = plan.view_offset},
        input, output, parallel);
  }
  if (plan.fills) {
    kernels::FillElements(plan.filling.data(), plan.element_bytes, plan.elements, output, parallel);
  }
  for (const StridedCopy& box : plan.boxes) kernels::CopyStrided(box, input, output, parallel);
}

Plan MakePlan(const Move& move, size_t element_bytes) {
  Plan plan{.fills = move.fills,
            .filling = move.filling,
            .element_bytes = element_bytes,
            .elements = move.output.elements()};
  for (const StridedCopy& box : move.boxes) {
    if (box.elements() > 0) plan.boxes.push_back(Simplified(box));
  }
  if (plan.boxes.size() == 1 && !plan.fills) {
    const StridedCopy& box = plan.boxes[0];
    plan.is_view = box.rank == 0 && box.to_offset == 0 &&
                   static_cast<int64_t>(box.element_bytes) ==
                       plan.elements * static_cast<int64_t>(element_bytes);
    plan.view_offset = box.from_offset;
  }
  if (plan.is_view) plan.boxes = {};
  return plan;
}

}  // namespace

Result<size_t> ElementBytes(const NodeView& node, const Value& value) {
  const int bits = TypeBits(value.type);
  if (bits >= 8) return static_cast<size_t>(bits) / 8;
  return node.Unsupported(node.Describe(value) + ": type " + std::string(TypeName(value.type)));
}

std::array<int64_t, Shape::kMaxRank> ByteStrides(const Shape& shape, size_t element_bytes) {
  std::array<int64_t, Shape::kMaxRank> strides{};
  auto step = static_cast<int64_t>(element_bytes);
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[static_cast<size_t>(axis)] = step;
    step *= shape[axis];
  }
  return strides;
}

Result<Element> ZeroElement(const NodeView& node, const Value& value) {
  Element element{};
  if (value.quantization.empty() || TypeBits(value.type) > 32) return element;
  BRINK_ASSIGN(const kernels::Affine affine, AffineOf(node, value));
  for (size_t i = 0; i < 4; ++i) {  // little-endian; a narrower element takes the first bytes
    element[i] = static_cast<std::byte>(static_cast<uint32_t>(affine.zero_point) >> (8 * i));
  }
  return element;
}

Result<Prepared> PrepareMoves(const NodeView& node, const std::vector<Move>& moves, int input) {
  BRINK_ASSIGN(const size_t element_bytes, ElementBytes(node, node.input(input)));
  Prepared prepared{.kernel = "copy"};
  auto plans = std::make_shared<std::vector<Plan>>();
  for (size_t i = 0; i < moves.size(); ++i) {
    BRINK_TRY(node.CheckOutputType(static_cast<int>(i), {node.input(input).type}));
    prepared.shapes.push_back(moves[i].output);
    const Plan& plan = plans->emplace_back(MakePlan(moves[i], element_bytes));
    if (plan.is_view) {
      prepared.placements.push_back({.input = input,
                                     .output = static_cast<int>(i),
                                     .offset = plan.view_offset,
                                     .output_in_input = true});
    } else if (!plan.boxes.empty()) {
      prepared.kernel = "strided copy";
    }
  }
  prepared.all_in_place = prepared.placements.size() == moves.size();
  prepared.run = [plans, input](const Buffers& b) {
    for (size_t i = 0; i < plans->size(); ++i)
      RunPlan((*plans)[i], b.inputs[static_cast<size_t>(input)], b.outputs[i], b.parallel);
  };
  return prepared;
}

Move SliceOf(const Shape& input, const Shape& output, std::span<const int64_t> begin,
             size_t element_bytes) {
  const auto from = ByteStrides(input, element_bytes);
  const auto to = ByteStrides(output, element_bytes);
  StridedCopy copy{.element_bytes = element_bytes};
  for (int axis = 0; axis < output.rank(); ++axis) {
    const auto at = static_cast<size_t>(axis);
    copy.from_offset += begin[at] * from[at];
    copy.Append({output[axis], from[at], to[at]});
  }
  return {.output = output, .boxes = {copy}};
}

Result<std::vector<Padding>> ReadPaddings(const NodeView& node, int i, int axes) {
  constexpr int64_t kMost = int64_t{1} << 40;
  BRINK_ASSIGN(const std::vector<int64_t> numbers, node.Integers(i));
  const auto which = [i] { return "input " + std::to_string(i) + ": "; };
  if (numbers.size() != 2 * static_cast<size_t>(axes)) {
    return node.Invalid(which() + std::to_string(numbers.size()) + " paddings for " +
                        std::to_string(axes) + " dimensions, wanted two each");
  }
  std::vector<Padding> paddings;
  paddings.reserve(static_cast<size_t>(axes));
  for (size_t axis = 0; axis < static_cast<size_t>(axes); ++axis) {
    const Padding padding{numbers[2 * axis], numbers[2 * axis + 1]};
    if (std::min(padding.before, padding.after) < 0 ||
        std::max(padding.before, padding.after) > kMost) {
      return node.Invalid(which() + "padding " + std::to_string(padding.before) + ", " +
                          std::to_string(padding.after) + " of axis " + std::to_string(axis) +
                          " is out of range");
    }
    paddings.push_back(padding);
  }
  return paddings;
}

Result<Shape> CheckedShape(const NodeView& node, const Shape& shape) {
  Result<Shape> checked = Shape::Make(shape.dims());
  if (!checked) return node.Invalid(checked.error().message);
  return checked;
}

}  // namespace brink::ops

#include "brink/ops/spread.h"

#include <algorithm>

#include "brink/kernels/copy.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

constexpr int64_t kMost = int64_t{1} << 40;

// The output's extent along an axis of `extent` elements.
Result<int64_t> Extent(const NodeView& node, const SpreadAxis& axis, int64_t extent) {
  const int64_t gaps = std::max<int64_t>(0, extent - 1);
  const bool in_range = axis.between >= 0 && axis.between <= kMost && axis.before <= kMost &&
                        axis.before >= -kMost && axis.after <= kMost && axis.after >= -kMost &&
                        (gaps == 0 || axis.between <= kMost / gaps);
  if (in_range) {
    const int64_t output = axis.before + extent + gaps * axis.between + axis.after;
    if (output >= 0) return output;
  }
  return node.Invalid("an axis of " + std::to_string(extent) + " with " +
                      std::to_string(axis.before) + " before, " + std::to_string(axis.between) +
                      " between and " + std::to_string(axis.after) + " after is out of range");
}

// Copies what stays of the input to its places in the output.
kernels::StridedCopy CopyOf(const std::vector<SpreadAxis>& axes, const Shape& input,
                            const Shape& output, size_t element_bytes) {
  const auto from = ByteStrides(input, element_bytes);
  const auto to = ByteStrides(output, element_bytes);
  kernels::StridedCopy copy{.element_bytes = element_bytes};
  for (int i = 0; i < input.rank(); ++i) {
    const auto at = static_cast<size_t>(i);
    const int64_t step = axes[at].between + 1;
    // The first and the number of elements that stay inside the output.
    const int64_t first = axes[at].before < 0 ? (step - 1 - axes[at].before) / step : 0;
    const int64_t place = axes[at].before + first * step;
    const int64_t room = place < output[i] ? (output[i] - place + step - 1) / step : 0;
    const int64_t kept = std::clamp<int64_t>(input[i] - first, 0, room);
    copy.Append({kept, from[at], step * to[at]});
    if (kept == 0) continue;
    copy.from_offset += first * from[at];
    copy.to_offset += place * to[at];
  }
  return copy;
}

}  // namespace

Result<Prepared> PrepareSpread(const NodeView& node, const std::vector<SpreadAxis>& axes,
                               int filling) {
  const Shape& input = node.input(0).shape;
  BRINK_TRY(node.CheckInputType(filling, {node.input(0).type}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  if (node.input(filling).shape.elements() != 1)
    return node.Invalid("input " + std::to_string(filling) + ": wanted one value");
  if (axes.size() != static_cast<size_t>(input.rank()))
    return node.Invalid(std::to_string(axes.size()) + " paddings for " + input.ToString());
  BRINK_ASSIGN(const size_t element_bytes, ElementBytes(node, node.input(0)));
  Shape wanted = input;
  for (int i = 0; i < input.rank(); ++i) {
    BRINK_ASSIGN(wanted[i], Extent(node, axes[static_cast<size_t>(i)], input[i]));
  }
  BRINK_ASSIGN(const Shape output, CheckedShape(node, wanted));
  const kernels::StridedCopy copy = CopyOf(axes, input, output, element_bytes);
  const int64_t count = output.elements();
  const bool copies = copy.elements() > 0;
  return Prepared{.shapes = {output},
                  .kernel = "strided copy",
                  .run = [copy = copies ? kernels::Simplified(copy) : copy, element_bytes, count,
                          copies, filling = static_cast<size_t>(filling)](const Buffers& b) {
                    kernels::FillElements(b.inputs[filling], element_bytes, count, b.outputs[0],
                                          b.parallel);
                    if (copies) kernels::CopyStrided(copy, b.inputs[0], b.outputs[0], b.parallel);
                  }};
}

}  // namespace brink::ops

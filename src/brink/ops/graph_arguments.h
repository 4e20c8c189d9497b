// What operators that run other graphs of the model share.
#pragma once

#include <cstddef>
#include <vector>

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

// A node's input as it goes to a graph.
struct Argument {
  size_t input = 0;
  Type type = Type::kFloat32;
  Shape shape;
  size_t bytes = 0;
};

// Of the inputs from `first` on, those that are not constant: constants are folded into the graph.
// Fails for one that is left out.
Result<std::vector<Argument>> ArgumentsOf(const NodeView& node, size_t first);
ConstTensorView ViewOf(const Buffers& buffers, const Argument& argument);

// Bytes of a tensor as a view spans them.
size_t ViewBytes(Type type, const Shape& shape);

// Checks that the graph's outputs have the number and types of the node's.
Status CheckOutputs(const NodeView& node, const PlannedGraph& graph, std::string_view name);

// Copies what a graph gave to the node's outputs; those whose `planned` shape has a -1 are
// allocated.
Status CopyOutputs(const Buffers& buffers, std::span<const ConstTensorView> outputs,
                   std::span<const Shape> planned);

// The shape of what one of two graphs makes: with a -1 where they differ or do not know.
Shape CommonShape(const GraphOutput& a, const GraphOutput& b);

}  // namespace brink::ops

// FULLY_CONNECTED, and CONV_2D of single pixels, of float32 activations with weights that stay
// integers.
#pragma once

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

// Whether a filter [units, ...] is INT8, or a constant of INT4, with scales but no zero points, and
// the input is FLOAT32.
bool IsHybridFilter(const Value& input, const Value& filter);
// The same of the node's inputs 1 and 0.
bool IsHybrid(const NodeView& node);

// Whether a hybrid node has a bias, input 2; fails where that does not fit.
Result<bool> HasHybridBias(const NodeView& node);

// Of such a node: `rows` input rows, which are quantised asymmetrically or not.
Result<Prepared> PrepareHybrid(const NodeView& node, int64_t rows, const Shape& output,
                               bool asymmetric);

// Whether input 1 of the node, [units, columns], is a constant of INT4 with a scale for each block
// of BlockProduct's sizes and no zero points, and input 0 is FLOAT32. As LiteRT's, the product of
// such a node is one of quantised rows.
bool IsBlockHybrid(const NodeView& node);

// Of such a node: `rows` input rows.
Result<Prepared> PrepareBlockHybrid(const NodeView& node, int64_t rows, const Shape& output);

}  // namespace brink::ops

// The options of custom operators that are a flexbuffer.
#pragma once

#include "brink/base/result.h"
#include "brink/model/flex_map.h"
#include "brink/ops/node_view.h"

namespace brink::ops {

// Fails, naming the node, when they are none.
Result<model::FlexMap> ReadFlexOptions(const NodeView& node);

// A whole number in [low, high]; fails when it is absent, too.
Result<int32_t> FlexInt(const NodeView& node, const model::FlexMap& options, std::string_view key,
                        int32_t low, int32_t high);
// A finite number.
Result<float> FlexFloat(const NodeView& node, const model::FlexMap& options, std::string_view key);

}  // namespace brink::ops

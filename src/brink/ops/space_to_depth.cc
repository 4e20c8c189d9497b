#include "brink/ops/space_and_depth.h"

namespace brink::ops {

extern const OpDef kSpaceToDepth{
    .name = "SPACE_TO_DEPTH", .code = 26, .max_version = 2, .prepare = [](const NodeView& node) {
      return PrepareSpaceAndDepth(node, DepthDirection::kSpaceToDepth);
    }};

}  // namespace brink::ops

#include "brink/ops/space_and_depth.h"

namespace brink::ops {

extern const OpDef kDepthToSpace{
    .name = "DEPTH_TO_SPACE", .code = 5, .max_version = 2, .prepare = [](const NodeView& node) {
      return PrepareSpaceAndDepth(node, DepthDirection::kDepthToSpace);
    }};

}  // namespace brink::ops

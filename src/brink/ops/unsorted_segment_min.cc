#include "brink/ops/segments.h"

namespace brink::ops {

extern const OpDef kUnsortedSegmentMin{.name = "UNSORTED_SEGMENT_MIN",
                                       .code = 157,
                                       .max_version = 1,
                                       .types = "f32 i32",
                                       .kernels = "segments",
                                       .prepare = [](const NodeView& node) {
                                         return PrepareUnsortedSegments(node,
                                                                        kernels::Reduction::kMin);
                                       }};

}  // namespace brink::ops

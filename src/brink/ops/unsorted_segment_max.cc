#include "brink/ops/segments.h"

namespace brink::ops {

extern const OpDef kUnsortedSegmentMax{.name = "UNSORTED_SEGMENT_MAX",
                                       .code = 154,
                                       .max_version = 1,
                                       .types = "f32 i32",
                                       .kernels = "segments",
                                       .prepare = [](const NodeView& node) {
                                         return PrepareUnsortedSegments(node,
                                                                        kernels::Reduction::kMax);
                                       }};

}  // namespace brink::ops

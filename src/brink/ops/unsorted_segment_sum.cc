#include "brink/ops/segments.h"

namespace brink::ops {

extern const OpDef kUnsortedSegmentSum{.name = "UNSORTED_SEGMENT_SUM",
                                       .code = 155,
                                       .max_version = 1,
                                       .types = "f32 i32",
                                       .kernels = "segments",
                                       .prepare = [](const NodeView& node) {
                                         return PrepareUnsortedSegments(node,
                                                                        kernels::Reduction::kSum);
                                       }};

}  // namespace brink::ops

#include "brink/ops/segments.h"

namespace brink::ops {

extern const OpDef kUnsortedSegmentProd{.name = "UNSORTED_SEGMENT_PROD",
                                        .code = 153,
                                        .max_version = 1,
                                        .types = "f32 i32",
                                        .kernels = "segments",
                                        .prepare = [](const NodeView& node) {
                                          return PrepareUnsortedSegments(node,
                                                                         kernels::Reduction::kProd);
                                        }};

}  // namespace brink::ops

#include "brink/ops/op.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kBool}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kBool}));
  const Shape& shape = node.input(0).shape;
  return Prepared{.shapes = {shape},
                  .kernel = "bool",
                  .run =
                      [count = shape.elements()](const Buffers& b) {
                        const auto* in = b.in<uint8_t>(0);
                        for (int64_t i = 0; i < count; ++i) b.out<uint8_t>(0)[i] = in[i] == 0;
                      },
                  .overwritable = 1};
}

}  // namespace

extern const OpDef kLogicalNot{.name = "LOGICAL_NOT",
                               .code = 87,
                               .max_version = 1,
                               .types = "bool",
                               .kernels = "bool",
                               .prepare = Prepare};

}  // namespace brink::ops

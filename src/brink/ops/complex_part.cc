#include "brink/ops/complex_part.h"

namespace brink::ops {

Result<Prepared> PrepareComplexPart(const NodeView& node,
                                    float (*part)(const std::complex<float>& number)) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kComplex64}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  const Shape& shape = node.input(0).shape;
  return Prepared{.shapes = {shape},
                  .kernel = "complex64",
                  .run = [part, count = shape.elements()](const Buffers& b) {
                    const auto* in = b.in<std::complex<float>>(0);
                    for (int64_t i = 0; i < count; ++i) b.out<float>(0)[i] = part(in[i]);
                  }};
}

}  // namespace brink::ops

#include <complex>

#include "brink/ops/op.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kComplex64}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  const Shape& shape = node.input(0).shape;
  return Prepared{.shapes = {shape},
                  .kernel = "complex64",
                  .run = [count = shape.elements()](const Buffers& b) {
                    const auto* in = b.in<std::complex<float>>(0);
                    for (int64_t i = 0; i < count; ++i) b.out<float>(0)[i] = in[i].imag();
                  }};
}

}  // namespace

extern const OpDef kImag{.name = "IMAG",
                         .code = 133,
                         .max_version = 1,
                         .types = "c64",
                         .kernels = "complex64",
                         .prepare = Prepare};

}  // namespace brink::ops

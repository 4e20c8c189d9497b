#include "brink/ops/complex_part.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  return PrepareComplexPart(node, [](const std::complex<float>& number) { return number.imag(); });
}

}  // namespace

extern const OpDef kImag{.name = "IMAG",
                         .code = 133,
                         .max_version = 1,
                         .types = "c64",
                         .kernels = "complex64",
                         .prepare = Prepare};

}  // namespace brink::ops

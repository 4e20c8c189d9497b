#include "brink/ops/complex_part.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  return PrepareComplexPart(node,
                            [](const std::complex<float>& number) { return std::abs(number); });
}

}  // namespace

extern const OpDef kComplexAbs{.name = "COMPLEX_ABS",
                               .code = 135,
                               .max_version = 1,
                               .types = "c64",
                               .kernels = "complex64",
                               .prepare = Prepare};

}  // namespace brink::ops

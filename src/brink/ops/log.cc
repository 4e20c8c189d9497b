// LOG: a quantised input that is not positive gives the least value of the output.
#include <cmath>

#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

RealFunction Logarithm(Type type, kernels::Affine output) {
  const int32_t least = kernels::TypeRange(type).low - output.zero_point;
  return [lowest = static_cast<float>(least) * output.scale](float x) {
    return x <= 0 ? lowest : std::log(x);
  };
}

}  // namespace

extern const OpDef kLog{
    .name = "LOG",
    .code = 73,
    .max_version = 2,
    .types = "f32 i8 u8 i16",
    .kernels = "16-bit; 8-bit table; float32",
    .prepare = [](const NodeView& node) {
      return PrepareUnary(node, QuantizedFunction(node, kernels::FloatFunction::kLog, Logarithm));
    }};

}  // namespace brink::ops

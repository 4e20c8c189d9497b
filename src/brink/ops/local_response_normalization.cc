// LOCAL_RESPONSE_NORMALIZATION: LocalResponseNormalizationOptions {radius, bias, alpha, beta}.
#include "brink/kernels/normalize.h"
#include "brink/ops/last_axis.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  BRINK_ASSIGN(const kernels::SoftmaxShape shape, RowsOf(node));
  const model::OptionsReader& options = node.options;
  const kernels::LocalResponse response{options.Int32(0), options.Float(1), options.Float(2),
                                        options.Float(3)};
  if (response.radius < 0) {
    return node.Invalid("radius " + std::to_string(response.radius) + ", wanted 0 or more");
  }
  return Prepared{.shapes = {node.input(0).shape},
                  .kernel = "float32",
                  .run = [response, shape](const Buffers& b) {
                    kernels::LocalResponseNormalize(response, shape, b.in<float>(0),
                                                    b.out<float>(0), b.parallel);
                  }};
}

}  // namespace

extern const OpDef kLocalResponseNormalization{.name = "LOCAL_RESPONSE_NORMALIZATION",
                                               .code = 13,
                                               .max_version = 1,
                                               .types = "f32",
                                               .kernels = "float32",
                                               .prepare = Prepare};

}  // namespace brink::ops

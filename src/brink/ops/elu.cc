#include "brink/kernels/activation_functions.h"
#include "brink/kernels/activation_tables.h"
#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kElu{.name = "ELU",
                        .code = 111,
                        .max_version = 1,
                        .types = "f32 i8 u8",
                        .kernels = "8-bit table; float32",
                        .prepare = [](const NodeView& node) {
                          return PrepareUnary(node,
                                              {.floats = kernels::Elu, .table = kernels::EluTable});
                        }};

}  // namespace brink::ops

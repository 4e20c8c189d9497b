// SELECT: a condition of one axis chooses among the slices of the first axis.
#include "brink/ops/selection.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  Shape condition = node.input(0).shape;
  const Shape& values = node.input(1).shape;
  if (!(values == node.input(2).shape)) {
    return node.Invalid("shapes " + values.ToString() + " and " + node.input(2).shape.ToString() +
                        " are not the same");
  }
  const bool by_slices = condition.rank() == 1 && values.rank() > 1 && condition[0] == values[0];
  if (by_slices) {
    while (condition.rank() < values.rank()) condition.Append(1);
  } else if (!(condition == values) && condition.elements() != 1) {
    return node.Invalid("a condition of shape " + condition.ToString() + " for values of " +
                        values.ToString());
  }
  if (condition.elements() == 1) condition = {};
  return PrepareSelect(node, condition);
}

}  // namespace

extern const OpDef kSelect{.name = "SELECT",
                           .code = 64,
                           .max_version = 4,
                           .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                           .kernels = "select",
                           .prepare = Prepare};

}  // namespace brink::ops

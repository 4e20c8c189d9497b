#include "brink/ops/op_table.h"

#include "brink/model/graph.h"

namespace brink::ops {

const OpDef* FindOp(int32_t code, std::string_view custom_name) {
  for (const OpDef* op : AllOps()) {
    if (op->code == code && (code != model::kCustomCode || op->name == custom_name)) return op;
  }
  return nullptr;
}

}  // namespace brink::ops

// Every operator that brink has. The table behind it is generated from the brink_op() lines of
// CMakeLists.txt.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "brink/ops/op.h"

namespace brink::ops {

std::span<const OpDef* const> AllOps();

// The operator of a builtin code, or of a custom's name when `code` is model::kCustomCode; null
// when brink lacks it.
const OpDef* FindOp(int32_t code, std::string_view custom_name);

}  // namespace brink::ops

// TFLite's builtin operators by number: name, and which kind of options table belongs to each.
// Facts of the format (BuiltinOperator, BuiltinOptions and BuiltinOptions2 of schema version 3).
#pragma once

#include <cstdint>
#include <string_view>

namespace brink::model {

struct OperatorRow {
  std::string_view name;
  uint8_t options = 0;    // the union type of builtin_options; 0: the operator has none
  uint8_t options_2 = 0;  // likewise of builtin_options_2
};

// nullptr for a code that this version does not know.
const OperatorRow* FindOperator(int32_t code);

}  // namespace brink::model

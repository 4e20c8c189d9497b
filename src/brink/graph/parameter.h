// Parameters of a graph's node: name, value and type, as SeldonDeployments write them and as the
// operator hands them to a pod (PREDICTIVE_UNIT_PARAMETERS).
#pragma once

#include <string>
#include <string_view>

#include "brink/base/result.h"

namespace brink::graph {

enum class ParameterType { kString, kInt, kFloat, kDouble, kBool };

struct Parameter {
  std::string name;
  std::string value;  // text that has been checked against `type`
  ParameterType type = ParameterType::kString;
  int line = 0;  // in the file that it was read from
};

// "STRING", "INT", "FLOAT", "DOUBLE", "BOOL": Seldon's words, in upper case.
std::string_view ParameterTypeName(ParameterType type);
Result<ParameterType> ParseParameterType(std::string_view text);

// Whether `text` is a value of `type`: decimal integers of 64 bits; decimal numbers, inf and nan;
// for BOOL what Python's strtobool reads (y yes t true on 1 n no f false off 0, any case).
Status CheckValue(std::string_view text, ParameterType type);

// A checked BOOL's value.
bool BoolValue(std::string_view text);

}  // namespace brink::graph

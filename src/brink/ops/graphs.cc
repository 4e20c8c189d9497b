#include "brink/ops/graphs.h"

namespace brink::ops {

std::string VariableName(const model::OptionsReader& options) {
  return options.String(0) + "/" + options.String(1);
}

}  // namespace brink::ops

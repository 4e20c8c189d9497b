// What tests of sessions read results with. Included by tests only.
#pragma once

#include <vector>

#include "brink/tensor/tensor.h"

namespace brink::engine {

// What a FLOAT32 tensor holds.
inline std::vector<float> Floats(const ConstTensorView& view) {
  return {view.as<float>().begin(), view.as<float>().end()};
}

}  // namespace brink::engine

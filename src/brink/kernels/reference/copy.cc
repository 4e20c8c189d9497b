#include "brink/kernels/reference/copy.h"

#include <cstring>
#include <vector>

namespace brink::kernels::reference {

void Pad(const PadProblem& p, const void* value, const void* input, void* output) {
  Shape out = p.input;
  for (int axis = 0; axis < out.rank(); ++axis) {
    out[axis] += p.before[static_cast<size_t>(axis)] + p.after[static_cast<size_t>(axis)];
  }
  const auto* in = static_cast<const std::byte*>(input);
  auto* to = static_cast<std::byte*>(output);
  const int64_t elements = out.elements();
  for (int64_t i = 0; i < elements; ++i) {
    int64_t rest = i;
    int64_t offset = 0;
    int64_t step = 1;
    bool inside = true;
    for (int axis = out.rank() - 1; axis >= 0; --axis) {
      const int64_t index = rest % out[axis] - p.before[static_cast<size_t>(axis)];
      rest /= out[axis];
      inside = inside && index >= 0 && index < p.input[axis];
      offset += index * step;
      step *= p.input[axis];
    }
    const auto* from = inside ? in + static_cast<size_t>(offset) * p.element_bytes
                              : static_cast<const std::byte*>(value);
    std::memcpy(to + static_cast<size_t>(i) * p.element_bytes, from, p.element_bytes);
  }
}

void Mean(const ReduceProblem& p, const float* input, float* output) {
  int64_t kept = 1;
  for (int axis = 0; axis < p.input.rank(); ++axis) {
    if (!p.reduced[static_cast<size_t>(axis)]) kept *= p.input[axis];
  }
  std::vector<double> sums(static_cast<size_t>(kept));
  const int64_t elements = p.input.elements();
  for (int64_t i = 0; i < elements; ++i) {
    int64_t rest = i;
    int64_t offset = 0;
    int64_t step = 1;
    for (int axis = p.input.rank() - 1; axis >= 0; --axis) {
      const int64_t index = rest % p.input[axis];
      rest /= p.input[axis];
      if (p.reduced[static_cast<size_t>(axis)]) continue;
      offset += index * step;
      step *= p.input[axis];
    }
    sums[static_cast<size_t>(offset)] += double{input[i]};
  }
  for (int64_t i = 0; i < kept; ++i) {
    output[i] = static_cast<float>(sums[static_cast<size_t>(i)] * static_cast<double>(kept) /
                                   static_cast<double>(elements));
  }
}

}  // namespace brink::kernels::reference

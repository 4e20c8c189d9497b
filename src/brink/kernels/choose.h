// How one of the kernels that could serve a convolution is chosen.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace brink::kernels {

// While it lives, this thread chooses the kernel of that name wherever it applies, whatever it
// costs: to measure what the others would take. Not within another's life.
class PreferKernel {
 public:
  explicit PreferKernel(std::string name);
  ~PreferKernel();
  PreferKernel(const PreferKernel&) = delete;
  PreferKernel& operator=(const PreferKernel&) = delete;

  // The name, or empty.
  static std::string_view Name();
};

inline constexpr size_t kAnyBytes = std::numeric_limits<size_t>::max();

// The cheapest of the kernels that apply, of which there is one, and whose packed weights take no
// more than `most_packed` bytes, if there is one.
template <class Kernel, class Problem>
const Kernel& Choose(std::span<const Kernel> kernels, const Problem& problem, int threads,
                     size_t most_packed = kAnyBytes) {
  const Kernel* best = nullptr;
  double best_cost = 0;
  for (const Kernel& kernel : kernels) {
    if (!kernel.applies(problem)) continue;
    if (kernel.name == PreferKernel::Name()) return kernel;
    if (most_packed != kAnyBytes && kernel.packed_bytes(problem) > most_packed) continue;
    const double cost = kernel.cost(problem, threads);
    if (best == nullptr || cost < best_cost) {
      best = &kernel;
      best_cost = cost;
    }
  }
  return best != nullptr ? *best : Choose(kernels, problem, threads);
}

// The kernel of this name, or null.
template <class Kernel>
const Kernel* FindByName(std::span<const Kernel> kernels, std::string_view name) {
  for (const Kernel& kernel : kernels) {
    if (kernel.name == name) return &kernel;
  }
  return nullptr;
}

}  // namespace brink::kernels

// How one of the kernels that could serve a convolution is chosen.
#pragma once

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

// The cheapest of the kernels that apply; one of them does.
template <class Kernel, class Problem>
const Kernel& Choose(std::span<const Kernel> kernels, const Problem& problem, int threads) {
  const Kernel* best = nullptr;
  double best_cost = 0;
  for (const Kernel& kernel : kernels) {
    if (!kernel.applies(problem)) continue;
    if (kernel.name == PreferKernel::Name()) return kernel;
    const double cost = kernel.cost(problem, threads);
    if (best == nullptr || cost < best_cost) {
      best = &kernel;
      best_cost = cost;
    }
  }
  return *best;
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

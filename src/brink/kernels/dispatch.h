// Calls the variant of a function that was compiled for the CPU target in use. Only for this room's
// sources, after hwy/highway.h.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

namespace brink::kernels {

// Applies BRINK_CPU once; cheap afterwards.
void PrepareCpu();

// The bit of the target in use, as Highway numbers targets.
int64_t CpuTargetBit();

// What differs by target and is made on first use: one value a target, which lives for ever.
template <class Value>
class PerTarget {
 public:
  template <class Make>
  const Value& Get(Make make) {
    const int64_t target = CpuTargetBit();
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(target);
    return found != values_.end() ? found->second : values_.emplace(target, make()).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<int64_t, Value> values_;
};

}  // namespace brink::kernels

// As HWY_DYNAMIC_DISPATCH, honouring BRINK_CPU.
#define BRINK_DISPATCH(function) (::brink::kernels::PrepareCpu(), HWY_DYNAMIC_DISPATCH(function))

// For tests of vector code in base/.
#pragma once

#include <hwy/targets.h>

#include <cstdint>
#include <functional>

namespace brink {

// Calls `body` with each instruction set that this CPU has.
inline void OnEveryTarget(const std::function<void()>& body) {
  const int64_t all = hwy::SupportedTargets();
  for (int64_t left = all; left != 0; left &= left - 1) {
    hwy::SetSupportedTargetsForTest(left & -left);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(all);
}

}  // namespace brink

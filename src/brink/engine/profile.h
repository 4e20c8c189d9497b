// Where a run's time goes: one time a step of the plan. Not thread-safe; give each session its own.
#pragma once

#include <cstdint>
#include <vector>

namespace brink::engine {

struct Profile {
  int64_t runs = 0;
  std::vector<double> step_ms;  // summed over the runs; as many as Plan::steps(), in their order
};

}  // namespace brink::engine

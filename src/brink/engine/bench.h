// How fast a model runs here: what `brink bench` prints.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "brink/base/result.h"
#include "brink/engine/plan.h"

namespace brink::engine {

struct BenchOptions {
  PlanOptions plan;
  int sessions = 1;        // that run at once, each on a thread of its own
  double seconds = 2;      // to measure for, warm-up not counted
  int min_runs = 10;       // measured even if that takes longer
  int profiled_runs = 31;  // for the table of steps, after the measured ones
  bool kernels = false;    // what the other kernels that could serve each convolution take
};

struct BenchStep {
  StepInfo info;
  double ms = 0;  // median of the profiled runs
  // BenchOptions::kernels: (kernel, ms) of those that were not chosen, the fastest first.
  std::vector<std::pair<std::string, double>> others;
};

struct BenchReport {
  double load_ms = 0;  // read, verify, plan, pack, make a session
  double first_run_ms = 0;
  int64_t runs = 0;  // measured, of all sessions
  double min_ms = 0;
  double median_ms = 0;
  double p95_ms = 0;
  double p99_ms = 0;
  double runs_per_second = 0;  // of all sessions together
  size_t arena_bytes = 0;      // of one session
  size_t weights_bytes = 0;    // beside the file's pages
  int64_t idle_bytes = 0;      // resident memory of the process before it loads
  int64_t peak_bytes = 0;      // the most until all sessions have run
  std::string model_sha256;    // hex
  int threads = 1;             // used, as the plan allows
  std::string cpu_target;      // whose instructions the kernels use
  std::vector<BenchStep> steps;
  std::shared_ptr<const Plan> plan;  // whose steps they are
};

// Inputs are filled with made-up numbers: floats in [0, 1), 8- and 16-bit integers over their
// range, wider ones below 8.
Result<BenchReport> Bench(const std::string& path, const BenchOptions& options);

}  // namespace brink::engine

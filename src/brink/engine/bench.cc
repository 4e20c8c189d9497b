#include "brink/engine/bench.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <string_view>
#include <thread>

#include "brink/base/file.h"
#include "brink/base/thread_pool.h"
#include "brink/engine/made_up.h"
#include "brink/engine/session.h"
#include "brink/kernels/choose.h"
#include "brink/kernels/conv.h"
#include "brink/kernels/cpu.h"
#include "brink/kernels/quantized_conv.h"
#include "brink/model/file_pages.h"

namespace brink::engine {
namespace {

using Clock = std::chrono::steady_clock;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// The value that `share` of the sorted times do not exceed.
double Quantile(const std::vector<double>& sorted, double share) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<size_t>(std::lround(share * last))];
}

// Runs one session until both the time is over and `min_runs` are done. Returns each run's ms.
Result<std::vector<double>> Measure(Session& session, const std::vector<Tensor>& inputs,
                                    const BenchOptions& options) {
  std::vector<double> times;
  const auto start = Clock::now();
  while (MsSince(start) < options.seconds * 1000 ||
         times.size() < static_cast<size_t>(options.min_runs)) {
    SetInputs(inputs, session);
    const auto run_start = Clock::now();
    BRINK_TRY(session.Run());
    times.push_back(MsSince(run_start));
  }
  return times;
}

Result<std::vector<double>> MeasureAll(const std::vector<std::unique_ptr<Session>>& sessions,
                                       const std::vector<Tensor>& inputs,
                                       const BenchOptions& options) {
  if (sessions.size() == 1) return Measure(*sessions[0], inputs, options);
  std::vector<Result<std::vector<double>>> results(sessions.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < sessions.size(); ++i) {
    threads.emplace_back([&, i] { results[i] = Measure(*sessions[i], inputs, options); });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<double> times;
  for (auto& result : results) {
    BRINK_TRY(result);
    times.insert(times.end(), result->begin(), result->end());
  }
  return times;
}

Result<std::vector<BenchStep>> ProfileSteps(Session& session, const std::vector<Tensor>& inputs,
                                            int runs) {
  const auto infos = session.plan().steps();
  std::vector<BenchStep> steps;
  std::vector<std::vector<double>> times(infos.size());
  for (int i = 0; i < std::max(1, runs); ++i) {
    Profile profile;
    SetInputs(inputs, session);
    BRINK_TRY(session.Run(&profile));
    for (size_t step = 0; step < infos.size(); ++step) times[step].push_back(profile.step_ms[step]);
  }
  for (size_t step = 0; step < infos.size(); ++step) {
    std::sort(times[step].begin(), times[step].end());
    steps.push_back({.info = infos[step], .ms = Quantile(times[step], 0.5), .others = {}});
  }
  return steps;
}

// A number of bytes from /proc/self/status: "VmHWM".
int64_t MemoryOf(std::string_view name) {
  const auto text = ReadTextFile("/proc/self/status", size_t{64} << 10);
  const size_t at = text ? text->find(std::string(name) + ":") : std::string::npos;
  if (at == std::string::npos) return 0;
  return std::strtoll(text->c_str() + at + name.size() + 1, nullptr, 10) * 1024;
}

std::vector<std::string> KernelNames() {
  std::vector<std::string> names = {"int8 weights"};
  for (const auto& kernel : kernels::ConvKernels()) names.emplace_back(kernel.name);
  for (const auto& kernel : kernels::QuantizedConvKernels()) names.emplace_back(kernel.name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::erase(names, "reference");  // minutes, and nobody's choice
  return names;
}

// Plans the model with each kernel wherever it applies, and times the steps that it serves.
Status CompareKernels(const std::shared_ptr<const model::Model>& model, const BenchOptions& options,
                      ThreadPool& pool, const std::vector<Tensor>& inputs,
                      std::vector<BenchStep>& steps) {
  PlanOptions plan_options = options.plan;
  plan_options.packed_folder.clear();
  for (const std::string& name : KernelNames()) {
    const kernels::PreferKernel prefer(name);
    BRINK_ASSIGN(const auto plan, Plan::Build(model, plan_options));
    BRINK_ASSIGN(const auto session, Session::Create(plan, &pool));
    BRINK_ASSIGN(const auto timed, ProfileSteps(*session, inputs, options.profiled_runs));
    for (const BenchStep& other : timed) {
      const auto step = std::ranges::find_if(
          steps, [&](const BenchStep& s) { return s.info.node == other.info.node; });
      if (step == steps.end() || step->info.kernel == other.info.kernel ||
          !other.info.kernel.starts_with(name)) {
        continue;
      }
      step->others.emplace_back(other.info.kernel, other.ms);
    }
  }
  for (BenchStep& step : steps) {
    std::ranges::sort(step.others, {}, [](const auto& other) { return other.second; });
  }
  return {};
}

void Summarise(std::vector<double> times, double elapsed_ms, BenchReport& report) {
  std::sort(times.begin(), times.end());
  report.runs = static_cast<int64_t>(times.size());
  report.runs_per_second = static_cast<double>(times.size()) * 1000 / elapsed_ms;
  report.min_ms = times.front();
  report.median_ms = Quantile(times, 0.5);
  report.p95_ms = Quantile(times, 0.95);
  report.p99_ms = Quantile(times, 0.99);
}

}  // namespace

Result<BenchReport> Bench(const std::string& path, const BenchOptions& options) {
  BenchReport report{.idle_bytes = MemoryOf("VmRSS")};
  const auto start = Clock::now();
  BRINK_ASSIGN(const auto model,
               model::ReadModel(path, KnownFiles(KnownFilesFolder(options.plan.packed_folder))));
  ThreadPool pool(options.plan.threads);
  PlanOptions plan_options = options.plan;
  plan_options.pool = &pool;
  BRINK_ASSIGN(const auto plan, Plan::Build(model, plan_options));
  std::vector<std::unique_ptr<Session>> sessions(1);
  BRINK_ASSIGN(sessions[0], Session::Create(plan, &pool));
  report.load_ms = MsSince(start);
  std::mt19937 random(1);
  const std::vector<Tensor> inputs = MakeUpInputs(*plan, random);
  SetInputs(inputs, *sessions[0]);
  const auto first = Clock::now();
  BRINK_TRY(sessions[0]->Run());
  report.first_run_ms = MsSince(first);
  for (int i = 1; i < options.sessions; ++i) {
    BRINK_ASSIGN(auto session, Session::Create(plan, &pool));
    sessions.push_back(std::move(session));
  }
  BRINK_TRY(MeasureAll(sessions, inputs, {.seconds = 0, .min_runs = 2}));
  // Before the record of times grows: of a model that runs for a microsecond it takes megabytes.
  report.peak_bytes = MemoryOf("VmHWM");
  const BenchOptions warm_up{.seconds = options.seconds / 10, .min_runs = 2};
  BRINK_TRY(MeasureAll(sessions, inputs, warm_up));
  const auto measured = Clock::now();
  BRINK_ASSIGN(std::vector<double> times, MeasureAll(sessions, inputs, options));
  Summarise(std::move(times), MsSince(measured), report);
  report.arena_bytes = plan->arena_bytes();
  report.weights_bytes = plan->weights_bytes();
  report.threads = std::min(plan->threads(), pool.threads());
  report.cpu_target = kernels::CpuTarget();
  report.plan = plan;
  report.model_sha256 = model::Sha256Of(*model);
  BRINK_ASSIGN(report.steps, ProfileSteps(*sessions[0], inputs, options.profiled_runs));
  if (options.kernels) BRINK_TRY(CompareKernels(model, options, pool, inputs, report.steps));
  return report;
}

}  // namespace brink::engine

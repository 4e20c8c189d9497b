#include "brink/engine/bench.h"

#include <cstdio>

#include "brink/base/json.h"
#include "commands.h"
#include "open_model.h"

namespace brink::apps {
namespace {

struct Options {
  std::string model;
  double seconds = 2;
  int runs = 0;  // 0: as many as fit into the seconds
  bool steps = false;
  bool kernels = false;
  bool json = false;
};

json::Value StepJson(const engine::BenchStep& step) {
  json::Object others;
  for (const auto& [kernel, ms] : step.others) others.emplace(kernel, ms);
  json::Array shape;
  for (const int64_t extent : step.info.shape.dims()) shape.emplace_back(extent);
  return json::Object{{"node", step.info.node},     {"operator", step.info.op},
                      {"output", step.info.output}, {"kernel", step.info.kernel},
                      {"shape", std::move(shape)},  {"macs", step.info.macs},
                      {"bytes", step.info.bytes},   {"ms", step.ms},
                      {"others", std::move(others)}};
}

json::Value ReportJson(const ModelFile& file, const engine::BenchReport& report) {
  json::Array steps;
  for (const engine::BenchStep& step : report.steps) steps.push_back(StepJson(step));
  return json::Object{{"model", file.path},
                      {"sha256", report.model_sha256},
                      {"load_ms", report.load_ms},
                      {"first_run_ms", report.first_run_ms},
                      {"runs", report.runs},
                      {"min_ms", report.min_ms},
                      {"median_ms", report.median_ms},
                      {"p95_ms", report.p95_ms},
                      {"p99_ms", report.p99_ms},
                      {"runs_per_second", report.runs_per_second},
                      {"arena_bytes", static_cast<int64_t>(report.arena_bytes)},
                      {"weights_bytes", static_cast<int64_t>(report.weights_bytes)},
                      {"idle_bytes", report.idle_bytes},
                      {"peak_bytes", report.peak_bytes},
                      {"threads", report.threads},
                      {"cpu_target", report.cpu_target},
                      {"steps", std::move(steps)}};
}

// Of what bounds it: "35.2 GMAC", "12.1 GB".
std::string RateOf(const engine::BenchStep& step) {
  const bool computes = step.info.macs > 0;
  const auto amount = static_cast<double>(computes ? step.info.macs : step.info.bytes);
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f %s", step.ms > 0 ? amount / step.ms / 1e6 : 0,
                computes ? "GMAC" : "GB");
  return text;
}

void PrintSteps(const engine::BenchReport& report) {
  double all = 0;
  for (const engine::BenchStep& step : report.steps) all += step.ms;
  std::printf("\n%9s  %5s  %13s  %-20s %-24s %s\n", "ms", "%", "a second", "operator", "kernel",
              "output");
  for (const engine::BenchStep& step : report.steps) {
    std::printf("%9.4f  %5.1f  %13s  %-20s %-24s %s\n", step.ms, 100 * step.ms / all,
                RateOf(step).c_str(), std::string(step.info.op).c_str(), step.info.kernel.c_str(),
                step.info.shape.ToString().c_str());
    for (const auto& [kernel, ms] : step.others)
      std::printf("%9.4f  %28s %-16s %s\n", ms, "", "instead:", kernel.c_str());
  }
}

void PrintReport(const engine::BenchReport& report, bool steps) {
  std::printf("median %.3f ms, min %.3f, p95 %.3f, p99 %.3f  (%lld runs, %.1f a second)\n",
              report.median_ms, report.min_ms, report.p95_ms, report.p99_ms,
              static_cast<long long>(report.runs), report.runs_per_second);
  std::printf("threads %d, %s; load %.1f ms, first run %.1f ms\n", report.threads,
              report.cpu_target.c_str(), report.load_ms, report.first_run_ms);
  std::printf(
      "arena %.1f kB a session, packed weights %.1f kB; resident at most %.1f MB, %.1f before\n",
      static_cast<double>(report.arena_bytes) / 1e3,
      static_cast<double>(report.weights_bytes) / 1e3, static_cast<double>(report.peak_bytes) / 1e6,
      static_cast<double>(report.idle_bytes) / 1e6);
  if (steps) PrintSteps(report);
}

Status Bench(const Options& options, const Config& config) {
  BRINK_ASSIGN(const ModelFile file, BringModel(options.model, config));
  engine::BenchOptions bench{
      .plan = PlanOptionsOf(file, config),
      .sessions = config.sessions > 0 ? static_cast<int>(config.sessions) : 1,
      .seconds = options.seconds,
      .kernels = options.kernels};
  if (options.runs > 0) {
    bench.seconds = 0;
    bench.min_runs = options.runs;
  }
  // A table that nobody sees.
  if (!options.steps && !options.kernels && !options.json) bench.profiled_runs = 1;
  BRINK_ASSIGN(const engine::BenchReport report, engine::Bench(file.path, bench));
  if (options.json) {
    std::printf("%s\n", json::Write(ReportJson(file, report), {.indent = 2}).c_str());
  } else {
    PrintReport(report, options.steps || options.kernels);
  }
  return {};
}

void AddArguments(CLI::App& app, Options& options) {
  app.add_option("MODEL", options.model, "a .tflite file, a folder with one, or a URI")->required();
  app.add_option("--seconds", options.seconds, "how long to measure")
      ->type_name("S")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app.add_option("--runs", options.runs, "how many inferences to measure, in place of a time")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000));
  app.add_flag("--steps", options.steps, "show where the time goes, step by step");
  app.add_flag("--kernels", options.kernels,
               "with --steps, and what the other kernels that could serve each convolution take");
  app.add_flag("--json", options.json, "write the figures as JSON");
}

}  // namespace

Command BenchCommand() {
  const auto options = std::make_shared<Options>();
  return {.name = "bench",
          .help = "Time a model on this machine",
          .example =
              "Inputs are made-up numbers; --sessions runs that many at once (1).\n"
              "example: brink bench face_mask_detection.tflite --threads 1 --steps",
          .settings = {"threads", "sessions", "output_tensor_name", "cache", "packed_weights",
                       "mirror", "ca_file", "log_level", "log_format"},
          .arguments = [options](CLI::App& app) { AddArguments(app, *options); },
          .action = [options](const Config& config) { return Bench(*options, config); }};
}

}  // namespace brink::apps

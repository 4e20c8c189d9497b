#include "serve.h"

#include <chrono>
#include <filesystem>

#include "brink/base/log.h"
#include "brink/base/thread_pool.h"
#include "brink/serving/card_predictor.h"
#include "brink/serving/model_loader.h"
#include "brink/serving/model_predictor.h"
#include "faces.h"
#include "open_model.h"
#include "pool_samples.h"
#include "process_memory.h"
#include "served_camera.h"
#include "service_manager.h"
#include "stop_signal.h"

namespace brink::apps {
namespace {

using Clock = std::chrono::steady_clock;

// Of the 20 seconds that Kubernetes gives a pod to end, preStop takes 10.
constexpr std::chrono::milliseconds kGrace{8'000};

// What waking a worker thread and being woken by it costs, at least.
constexpr std::chrono::microseconds kQuickRun{100};

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string UrlOf(const std::string& address, int port) {
  const bool any = address == "0.0.0.0" || address == "::";
  const bool v6 = address.find(':') != std::string::npos;
  const std::string host = any ? "localhost" : v6 ? "[" + address + "]" : address;
  return "http://" + host + ":" + std::to_string(port);
}

// Sessions of the model, and what answers with them.
struct Answering {
  std::shared_ptr<serving::SessionPool> pool;
  std::unique_ptr<api::Predictor> predictor;
};

Result<serving::LoadedModel> Load(OpenedModel& opened, const Config& config, ThreadPool& threads) {
  const auto started = Clock::now();
  auto loaded = serving::LoadModel(
      opened.model,
      {.plan = opened.plan,
       .pool = {.sessions = SessionsOf(config), .threads = &threads, .quick_run = kQuickRun}});
  if (!loaded) return Fail(loaded.error().Within(opened.file.path));
  DropUnfitCard(opened, *loaded->plan);
  log::Info("model loaded", {{"path", opened.file.path},
                             {"sha256", opened.file.sha256},
                             {"card", opened.card ? opened.card->source : "none"},
                             {"sessions", loaded->pool->sessions()},
                             {"threads", threads.threads()},
                             {"arena_bytes", loaded->plan->arena_bytes()},
                             {"weights_bytes", loaded->plan->weights_bytes()},
                             {"ms", MillisecondsSince(started)}});
  return loaded;
}

Result<Answering> MakePredictor(const ServedModel& served, const OpenedModel& opened,
                                const Config& config, const serving::LoadedModel& loaded) {
  // Seldon's `data` holds one tensor: without a name the model's first output answers.
  std::string output = config.output_tensor_name;
  if (output.empty() && !loaded.plan->outputs().empty()) output = loaded.plan->outputs()[0].name;
  const std::string stem = std::filesystem::path(opened.file.path).stem();
  BRINK_ASSIGN(std::unique_ptr<api::Predictor> predictor,
               serving::ModelPredictor::Create(
                   loaded.pool, {.input_tensor_name = config.input_tensor_name,
                                 .output_tensor_name = output,
                                 .max_rows = config.max_batch_size,
                                 .name = served.pod.unit_id.empty() ? stem : served.pod.unit_id}));
  if (!opened.card) return Answering{loaded.pool, std::move(predictor)};
  BRINK_ASSIGN(
      std::unique_ptr<api::Predictor> with_card,
      serving::CardPredictor::Create(loaded.pool, std::move(predictor), opened.card->card, output));
  return Answering{loaded.pool, std::move(with_card)};
}

Result<Answering> Prepare(const ServedModel& served, OpenedModel& opened, const Config& config,
                          ThreadPool& threads) {
  BRINK_ASSIGN(const serving::LoadedModel loaded, Load(opened, config, threads));
  return MakePredictor(served, opened, config, loaded);
}

// The faces of the model and of the camera, where there is one.
Status Listen(Faces& faces, const Answering& model, ServedCamera* camera) {
  std::vector<metrics::Source> sources{PoolSamples(model.pool)};
  if (camera == nullptr) return faces.Listen(*model.predictor, std::move(sources));
  sources.push_back(camera->samples());
  BRINK_TRY(faces.Listen(*model.predictor, std::move(sources),
                         [camera](protocols::HttpHandler& others) -> protocols::HttpHandler& {
                           return camera->Before(others);
                         }));
  camera->Start();
  return {};
}

}  // namespace

Status Serve(const ServedModel& served, const Config& config) {
  const auto started = Clock::now();
  const StopSignal stop;
  BRINK_ASSIGN(const auto faces, Faces::Bind(config, served.pod));
  auto opened = OpenModel(served.uri, config, &stop.arrived());
  if (!opened && stop.arrived()) return {};
  if (!opened) return Fail(opened.error());
  ThreadPool threads(opened->plan.threads);
  BRINK_ASSIGN(const Answering model, Prepare(served, *opened, config, threads));
  BRINK_ASSIGN(const auto camera,
               ServedCamera::Open(config, *opened, served.pod.unit_id, model.pool));
  BRINK_TRY(Listen(*faces, model, camera.get()));
  log::Info("ready", {{"url", UrlOf(config.address, faces->http_port())},
                      {"grpc_port", faces->grpc_port()},
                      {"metrics_port", faces->metrics_port()},
                      {"deployment", served.pod.deployment_id},
                      {"ms", MillisecondsSince(started)}});
  ServiceManager manager(graph::ProcessVariable);
  manager.Ready(faces->http_port());
  KeepMemoryOfRequests();
  for (IdleMemory memory; !stop.WaitFor(IdleMemory::kPeriod);) memory.Tick();
  if (camera) camera->Stop();
  manager.Stopping();
  faces->Stop(kGrace);
  model.pool->Stop(std::chrono::milliseconds(0));
  return {};
}

std::vector<std::string_view> ServingSettings() {
  return {"http_port",
          "grpc_port",
          "metrics_port",
          "address",
          "mirror",
          "mirror_rules",
          "allow",
          "cache",
          "packed_weights",
          "cache_bytes",
          "offline",
          "ca_file",
          "threads",
          "sessions",
          "camera",
          "camera_mqtt",
          "camera_webhook",
          "camera_token",
          "card",
          "input_tensor_name",
          "output_tensor_name",
          "max_body_bytes",
          "log_level",
          "log_format",
          "access_log",
          "max_batch_size"};
}

}  // namespace brink::apps

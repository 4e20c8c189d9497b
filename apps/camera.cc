#include <thread>

#include "brink/base/log.h"
#include "brink/base/thread_pool.h"
#include "brink/camera/pipeline.h"
#include "brink/camera/sinks/sinks.h"
#include "brink/serving/model_loader.h"
#include "commands.h"
#include "local_detector.h"
#include "open_model.h"
#include "stop_signal.h"

namespace brink::apps {
namespace {

struct Options {
  std::string source;
  std::string model;
  std::string name;
  std::string jsonl;
  std::string output;
  uint64_t output_bytes = uint64_t{1} << 30;
  bool once = false;
  uint64_t max_frames = 0;
  double stall_seconds = 10;
  camera::SourceOptions feed;
};

// A model made ready to look at pictures.
struct Eye {
  std::unique_ptr<ThreadPool> threads;
  std::shared_ptr<serving::SessionPool> pool;
  std::unique_ptr<camera::Detector> detector;
};

Result<Eye> OpenEye(const Options& options, const Config& config, const std::atomic<bool>& stop) {
  BRINK_ASSIGN(OpenedModel opened, OpenModel(options.model, config, &stop));
  if (!opened.card) {
    return Fail(Code::kFailedPrecondition,
                opened.file.path + ": no card says how a picture goes in: name one with --card");
  }
  Eye eye{.threads = std::make_unique<ThreadPool>(opened.plan.threads)};
  BRINK_ASSIGN(
      const serving::LoadedModel loaded,
      serving::LoadModel(opened.model, {.plan = opened.plan,
                                        .pool = {.sessions = 1, .threads = eye.threads.get()}}));
  eye.pool = loaded.pool;
  BRINK_ASSIGN(auto pipeline, serving::PicturePipeline::Create(*loaded.plan, opened.card->card));
  BRINK_ASSIGN(eye.detector, MakeLocalDetector(eye.pool, std::move(pipeline)));
  return eye;
}

Result<std::vector<std::unique_ptr<camera::Sink>>> OpenSinks(const Options& options) {
  std::vector<std::unique_ptr<camera::Sink>> sinks;
  if (!options.output.empty()) {
    BRINK_ASSIGN(sinks.emplace_back(), camera::MakePictures(options.output, options.output_bytes));
  }
  // Without any sink the answers go to standard output.
  const std::string jsonl = options.jsonl.empty() && sinks.empty() ? "-" : options.jsonl;
  if (!jsonl.empty()) {
    BRINK_ASSIGN(sinks.emplace_back(), camera::MakeJsonLines(jsonl));
  }
  return sinks;
}

void Sum(const camera::Pipeline& pipeline, const camera::FeedStatus& status) {
  log::Info("camera ended", {{"frames", status.frames},
                             {"looked_at", pipeline.reports()},
                             {"dropped", status.dropped},
                             {"failed", pipeline.failures()},
                             {"reconnects", status.reconnects}});
}

Status Watch(const Options& options, const Config& config) {
  StopSignal stop;
  camera::Interrupt interrupt;
  camera::SourceOptions feed_options = options.feed;
  feed_options.interrupt = &interrupt;
  feed_options.every_frame = options.once;
  feed_options.stall = std::chrono::milliseconds(static_cast<int64_t>(options.stall_seconds * 1e3));
  BRINK_ASSIGN(auto source, camera::MakeSource(options.source, feed_options));
  const auto eye = OpenEye(options, config, stop.arrived());
  if (!eye && stop.arrived()) return {};
  if (!eye) return Fail(eye.error());
  BRINK_ASSIGN(auto sinks, OpenSinks(options));
  const std::string shown = camera::ShownSource(options.source);
  const std::string name = options.name.empty() ? shown : options.name;
  camera::Feed feed(std::move(source), interrupt, {.name = name, .until_end = options.once});
  camera::Pipeline pipeline(feed, *eye->detector, std::move(sinks),
                            {.camera = name, .max_frames = options.max_frames});
  Status result;
  std::thread watcher([&] {
    result = pipeline.Run();
    stop.Arrive();
  });
  stop.Wait();
  feed.Stop();
  watcher.join();
  Sum(pipeline, feed.status());
  if (!result) return Fail(result.error().Within(shown));
  return {};
}

void AddSourceArguments(CLI::App& app, Options& options) {
  app.add_option("SOURCE", options.source, "what to watch, see below")->required();
  app.add_option("--model", options.model, "a .tflite file, a folder with one, or a URI")
      ->type_name("URI")
      ->required();
  app.add_option("--name", options.name, "what to call the camera; its source when not given");
  app.add_flag("--once", options.once,
               "look at each frame of a film or folder once, then end; else only the newest frame "
               "counts, and what ends is played again");
  app.add_option("--width", options.feed.width, "width to ask the source for")
      ->check(CLI::Range(1, 16384));
  app.add_option("--height", options.feed.height, "height to ask the source for")
      ->check(CLI::Range(1, 16384));
  app.add_option("--fps", options.feed.fps, "frames a second to ask the source for")
      ->check(CLI::Range(0.01, 1000.0));
  app.add_option("--hwaccel", options.feed.hwaccel, "ffmpeg's hardware decoder: auto, v4l2m2m ...");
  app.add_option("--stall", options.stall_seconds, "seconds without a frame that count as failure")
      ->check(CLI::Range(0.1, 86400.0));
  app.add_option("--max-frames", options.max_frames, "end after so many frames");
}

void AddArguments(CLI::App& app, Options& options) {
  AddSourceArguments(app, options);
  app.add_option("--jsonl", options.jsonl,
                 "append a JSON object a frame to this file; - is standard output (the default "
                 "without --output)")
      ->type_name("FILE");
  app.add_option("--output", options.output,
                 "annotated pictures: a folder of one JPEG a frame, or a .jpg or .png that is "
                 "always the newest")
      ->type_name("PATH");
  app.add_option("--output-bytes", options.output_bytes,
                 "what the folder may hold; the oldest pictures go first");
}

}  // namespace

Command CameraCommand() {
  const auto options = std::make_shared<Options>();
  return {.name = "camera",
          .help = "Watch a camera and say what a model sees",
          .example = "Sources:\n" + camera::SourceHelp() +
                     "example: brink camera rtsp://10.0.0.5/stream --model "
                     "face_mask_detection.tflite --output seen.jpg --jsonl seen.jsonl",
          .settings = {"card", "threads", "cache", "mirror", "ca_file", "log_level", "log_format"},
          .arguments = [options](CLI::App& app) { AddArguments(app, *options); },
          .action = [options](const Config& config) { return Watch(*options, config); }};
}

}  // namespace brink::apps

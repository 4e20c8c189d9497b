#include <filesystem>

#include "brink/base/log.h"
#include "brink/base/thread_pool.h"
#include "brink/camera/open_inference_detector.h"
#include "brink/camera/remote_predictor.h"
#include "brink/camera/source.h"
#include "brink/serving/model_loader.h"
#include "camera_list.h"
#include "commands.h"
#include "live_face.h"
#include "local_detector.h"
#include "open_model.h"
#include "stop_signal.h"
#include "watches.h"

namespace brink::apps {
namespace {

struct Options {
  std::string model;
  std::string server;  // that has the model
  std::string live;    // address
  std::string live_token;
  WatchOptions watch;
};

// A model made ready to look at pictures, here or elsewhere.
struct Eye {
  std::vector<std::string> labels;
  std::unique_ptr<ThreadPool> threads;
  std::unique_ptr<api::Predictor> predictor;
  std::unique_ptr<camera::Detector> detector;
};

Result<Eye> OpenLocalEye(const Options& options, const Config& config, const StopSignal& stop) {
  BRINK_ASSIGN(const OpenedModel opened, OpenModel(options.model, config, &stop.arrived()));
  if (!opened.card) {
    return Fail(Code::kFailedPrecondition,
                opened.file.path + ": no card says how a picture goes in: name one with --card");
  }
  Eye eye{.labels = opened.card->card.labels,
          .threads = std::make_unique<ThreadPool>(opened.plan.threads)};
  BRINK_ASSIGN(
      const serving::LoadedModel loaded,
      serving::LoadModel(opened.model, {.plan = opened.plan,
                                        .pool = {.sessions = 1, .threads = eye.threads.get()}}));
  BRINK_ASSIGN(eye.detector, MakeLocalDetector(loaded.pool, opened.card->card));
  return eye;
}

// A server of tensors knows nothing of pictures: the card is on this side.
Result<Eye> OpenTensorEye(const camera::RemoteOptions& remote, const Config& config) {
  if (config.card.empty()) {
    return Fail(Code::kInvalidArgument,
                "camera: a --server at /v2/models takes tensors: name the model's card with "
                "--card");
  }
  BRINK_ASSIGN(vision::Card card, vision::ReadCard(config.card));
  Eye eye{.labels = card.labels};
  BRINK_ASSIGN(eye.detector, camera::MakeOpenInferenceDetector(remote, std::move(card)));
  return eye;
}

Result<Eye> OpenRemoteEye(const Options& options, const Config& config, const StopSignal& stop) {
  camera::RemoteOptions remote{
      .url = options.server, .ca_file = config.ca_file, .cancelled = &stop.arrived()};
  if (camera::IsOpenInferenceUrl(remote.url)) return OpenTensorEye(remote, config);
  Eye eye;
  BRINK_ASSIGN(eye.predictor, camera::MakeRemotePredictor(std::move(remote)));
  eye.detector = camera::MakePredictorDetector(*eye.predictor);
  return eye;
}

// The one camera of the command line, or those of the list that it names.
Result<std::vector<WatchOptions>> CamerasOf(const WatchOptions& options) {
  const auto ending = std::filesystem::path(options.source).extension();
  if (ending == ".yaml" || ending == ".yml") return ReadCameraList(options.source, options);
  return std::vector<WatchOptions>{options};
}

Status RunCameras(const Options& options, const Config& config, const Eye& eye,
                  std::vector<WatchOptions> cameras, StopSignal& stop) {
  std::unique_ptr<LiveFace> face;
  if (!options.live.empty()) {
    BRINK_ASSIGN(face, LiveFace::Bind(options.live, {.token = options.live_token,
                                                     .no_images = options.watch.no_images}));
  }
  const auto turn = std::make_shared<std::mutex>();
  for (WatchOptions& watched : cameras) {
    watched.ca_file = config.ca_file;
    watched.jsonl_turn = turn;
    if (face) watched.board = &face->board();
    // Without any sink the answers go to standard output.
    const bool silent = watched.output.empty() && watched.clips.folder.empty() &&
                        watched.mqtt.empty() && watched.webhook.empty() && face == nullptr;
    if (watched.jsonl.empty() && silent) watched.jsonl = "-";
  }
  BRINK_ASSIGN(const auto watches, Watches::Open(cameras, eye.labels));
  if (face) {
    BRINK_TRY(face->Listen([&watches = *watches] { return watches.Samples(); }));
    log::Info("live view", {{"url", face->url()}});
  }
  watches->Start(*eye.detector, [&stop] { stop.Arrive(); });
  stop.Wait();
  Status ended = watches->Stop();
  face.reset();  // it asks the watches
  return ended;
}

Status Run(const Options& options, const Config& config) {
  StopSignal stop;
  BRINK_ASSIGN(std::vector<WatchOptions> cameras, CamerasOf(options.watch));
  if (options.model.empty() == options.server.empty()) {
    return Fail(Code::kInvalidArgument, "camera: expected one of --model and --server");
  }
  const auto eye = options.server.empty() ? OpenLocalEye(options, config, stop)
                                          : OpenRemoteEye(options, config, stop);
  if (!eye && stop.arrived()) return {};
  if (!eye) return Fail(eye.error());
  return RunCameras(options, config, *eye, std::move(cameras), stop);
}

void AddSourceArguments(CLI::App& app, WatchOptions& options) {
  app.add_option("SOURCE", options.source,
                 "what to watch, see below; or a .yaml file that lists cameras")
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

void AddStageArguments(CLI::App& app, WatchOptions& options) {
  app.add_flag("--every-frame", options.every_frame,
               "ask the model even where nothing moved (--once does)");
  app.add_option("--zone", options.zones,
                 "an area to tell enter and leave of: corners relative to the picture; may be "
                 "repeated")
      ->type_name("NAME=X,Y,X,Y,X,Y...");
  app.add_option("--dwell", options.dwell_seconds, "seconds in a zone after which an event says so")
      ->check(CLI::Range(0.1, 1e6));
  app.add_option("--ignore", options.ignored,
                 "an area whose motion does not count (trees, a road), as --zone; may be repeated")
      ->type_name("NAME=X,Y,X,Y,X,Y...");
  app.add_flag("--crop", options.crop,
               "show the model what moves, enlarged, and not all of the picture: for small things");
  app.add_option("--line", options.lines, "a line to count who goes over it; may be repeated")
      ->type_name("NAME=X,Y,X,Y");
  app.add_option("--min-score", options.least_scores,
                 "pass over detections of a label below this; may be repeated")
      ->type_name("LABEL=SCORE");
}

void AddGovernorArguments(CLI::App& app, WatchOptions& options) {
  app.add_option("--max-fps", options.governor.max_fps, "look at so many frames a second at most")
      ->check(CLI::Range(0.001, 1000.0));
  app.add_option("--max-cpu", options.governor.max_cpu,
                 "percent of one core that brink may take: frames are passed over beyond")
      ->check(CLI::Range(1.0, 100'000.0));
  app.add_option("--max-temp", options.governor.max_temperature,
                 "degrees Celsius from which frames are passed over, more and more")
      ->check(CLI::Range(20.0, 150.0));
}

void AddClipArguments(CLI::App& app, WatchOptions& options) {
  app.add_option("--clips", options.clips.folder,
                 "a folder for a snapshot and a clip of each event")
      ->type_name("DIR");
  app.add_option("--clips-bytes", options.clips.limit_bytes,
                 "what the folder may hold; the oldest files go first");
  app.add_option_function<double>(
         "--pre-roll",
         [&options](double seconds) {
           options.clips.pre_roll = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1e3));
         },
         "seconds that a clip shows before its event (3)")
      ->check(CLI::Range(0.0, 60.0));
}

void AddSinkArguments(CLI::App& app, WatchOptions& options) {
  app.add_flag("--no-images", options.no_images, "keep pictures out of every output");
  app.add_option("--jsonl", options.jsonl,
                 "append a JSON object a frame to this file; - is standard output (the default "
                 "when there is no other output)")
      ->type_name("FILE");
  app.add_option("--output", options.output,
                 "annotated pictures: a folder of one JPEG a frame, a .jpg or .png that is "
                 "always the newest, or an .avi, a film of them")
      ->type_name("PATH");
  app.add_option("--output-bytes", options.output_bytes,
                 "what a folder, or a film and those before it, may hold; the oldest go first");
  app.add_option("--mqtt", options.mqtt,
                 "send events and state to a broker: mqtt://USER:PASSWORD@HOST:PORT/BASE, mqtts://")
      ->type_name("URL")
      ->envname("BRINK_MQTT");
  app.add_option("--webhook", options.webhook, "post events to this URL, as CloudEvents")
      ->type_name("URL")
      ->envname("BRINK_WEBHOOK");
  app.add_option("--webhook-secret", options.webhook_secret,
                 "sign what is posted; better in the environment than here")
      ->type_name("TEXT")
      ->envname("BRINK_WEBHOOK_SECRET");
  app.add_option("--spool", options.spool,
                 "where events wait while the link is down, also over restarts; in memory when not "
                 "given")
      ->type_name("DIR");
}

void AddArguments(CLI::App& app, Options& options) {
  app.add_option("--model", options.model, "a .tflite file, a folder with one, or a URI")
      ->type_name("URI");
  app.add_option("--server", options.server,
                 "a server that has the model, instead of --model: with its card, "
                 "http://HOST:9000, or by the Open Inference Protocol with --card here, "
                 "http://HOST:8000/v2/models/NAME")
      ->type_name("URL");
  AddSourceArguments(app, options.watch);
  AddStageArguments(app, options.watch);
  AddGovernorArguments(app, options.watch);
  AddSinkArguments(app, options.watch);
  AddClipArguments(app, options.watch);
  app.add_option("--live", options.live,
                 "show the camera in a browser, at this port of this machine alone, or at an "
                 "address for others too; metrics are at /metrics")
      ->type_name("[ADDRESS:]PORT");
  app.add_option("--live-token", options.live_token, "who looks must know this")
      ->type_name("TEXT")
      ->envname("BRINK_LIVE_TOKEN");
}

}  // namespace

Command CameraCommand() {
  const auto options = std::make_shared<Options>();
  return {.name = "camera",
          .help = "Watch a camera and say what a model sees",
          .example = "Sources:\n" + camera::SourceHelp() +
                     "example: brink camera rtsp://10.0.0.5/stream --model "
                     "face_mask_detection.tflite --output seen.jpg --jsonl seen.jsonl",
          .settings = {"card", "threads", "cache", "packed_weights", "mirror", "ca_file",
                       "log_level", "log_format"},
          .arguments = [options](CLI::App& app) { AddArguments(app, *options); },
          .action = [options](const Config& config) { return Run(*options, config); }};
}

}  // namespace brink::apps

#include "watch.h"

#include <charconv>
#include <optional>
#include <thread>

#include "brink/base/log.h"
#include "brink/camera/sinks/mqtt.h"
#include "brink/camera/sinks/sinks.h"
#include "brink/camera/sinks/webhook.h"
#include "watch_samples.h"

namespace brink::apps {
namespace {

using Sinks = std::vector<std::unique_ptr<camera::Sink>>;

Result<std::map<std::string, float>> ReadLeastScores(const std::vector<std::string>& texts) {
  std::map<std::string, float> scores;
  for (const std::string& text : texts) {
    const size_t equals = text.rfind('=');
    float score = -1;
    if (equals != std::string::npos) {
      const char* end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data() + equals + 1, end, score);
      if (error != std::errc() || stop != end) score = -1;
    }
    if (!(score >= 0 && score <= 1)) {
      return Fail(Code::kInvalidArgument,
                  "'" + text + "': expected LABEL=SCORE, the score from 0 to 1");
    }
    scores[text.substr(0, equals)] = score;
  }
  return scores;
}

Result<camera::PipelineOptions> OptionsOf(const WatchOptions& options, const std::string& name) {
  camera::PipelineOptions pipeline{.camera = name, .max_frames = options.max_frames};
  if (!options.every_frame && !options.once) pipeline.motion.emplace();
  for (const std::string& text : options.ignored) {
    BRINK_ASSIGN(camera::Zone zone, camera::ParseZone(text));
    if (pipeline.motion) pipeline.motion->ignored.push_back(std::move(zone));
  }
  if (options.crop && !pipeline.motion) {
    return Fail(Code::kInvalidArgument,
                "--crop looks at what moves: it does not go with --every-frame or --once");
  }
  pipeline.crop = options.crop;
  pipeline.governor = options.governor;
  pipeline.places.dwell_seconds = options.dwell_seconds;
  for (const std::string& text : options.zones) {
    BRINK_ASSIGN(pipeline.places.zones.emplace_back(), camera::ParseZone(text));
  }
  for (const std::string& text : options.lines) {
    BRINK_ASSIGN(pipeline.places.lines.emplace_back(), camera::ParseLine(text));
  }
  BRINK_ASSIGN(pipeline.least_scores, ReadLeastScores(options.least_scores));
  return pipeline;
}

camera::OutboxOptions OutboxOf(const WatchOptions& options, const std::string& camera,
                               const char* kind) {
  camera::OutboxOptions outbox;
  if (!options.spool.empty()) {
    outbox.spool.folder = options.spool + "/" + camera::TopicLevel(camera) + "-" + kind;
  }
  return outbox;
}

Result<Sinks> OpenSinks(const WatchOptions& options, const camera::PipelineOptions& pipeline,
                        const std::vector<std::string>& labels) {
  Sinks sinks;
  const std::string& name = pipeline.camera;
  if (options.no_images && !(options.output.empty() && options.clips.folder.empty())) {
    return Fail(Code::kInvalidArgument,
                std::string(options.output.empty() ? "--clips" : "--output") +
                    " and --no-images exclude each other");
  }
  if (!options.output.empty()) {
    const auto make = options.output.ends_with(".avi") ? camera::MakeFilm : camera::MakePictures;
    BRINK_ASSIGN(sinks.emplace_back(), make(options.output, options.output_bytes));
  }
  if (!options.clips.folder.empty()) {
    BRINK_ASSIGN(sinks.emplace_back(), camera::MakeClips(options.clips));
  }
  if (!options.mqtt.empty()) {
    BRINK_ASSIGN(camera::MqttOptions mqtt, camera::ParseMqttUrl(options.mqtt));
    mqtt.ca_file = options.ca_file;
    mqtt.camera = name;
    mqtt.labels = labels;
    mqtt.no_images = options.no_images;
    for (const camera::Zone& zone : pipeline.places.zones) mqtt.zones.push_back(zone.name);
    BRINK_ASSIGN(auto sender, camera::MakeMqtt(mqtt));
    BRINK_ASSIGN(sinks.emplace_back(),
                 camera::MakeOutbox(std::move(sender), OutboxOf(options, name, "mqtt")));
  }
  if (!options.webhook.empty()) {
    BRINK_ASSIGN(auto sender, camera::MakeWebhook({.url = options.webhook,
                                                   .secret = options.webhook_secret,
                                                   .ca_file = options.ca_file}));
    BRINK_ASSIGN(sinks.emplace_back(),
                 camera::MakeOutbox(std::move(sender), OutboxOf(options, name, "webhook")));
  }
  if (!options.jsonl.empty()) {
    BRINK_ASSIGN(sinks.emplace_back(), camera::MakeJsonLines(options.jsonl, options.jsonl_turn));
  }
  return sinks;
}

}  // namespace

struct Watch::Impl {
  std::string shown;  // the source
  std::string name;
  WatchOptions options;
  camera::Interrupt interrupt;
  std::unique_ptr<camera::Source> source;
  camera::PipelineOptions pipeline_options;
  Sinks sinks;
  std::optional<camera::Feed> feed;
  std::optional<camera::Pipeline> pipeline;
  Status result;
  std::thread thread;
};

Watch::Watch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Watch::~Watch() { static_cast<void>(Stop()); }

Result<std::unique_ptr<Watch>> Watch::Open(const WatchOptions& options,
                                           const std::vector<std::string>& labels) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->shown = camera::ShownSource(options.source);
  impl->name = options.name.empty() ? impl->shown : options.name;
  camera::SourceOptions feed = options.feed;
  feed.interrupt = &impl->interrupt;
  feed.every_frame = options.once;
  feed.stall = std::chrono::milliseconds(static_cast<int64_t>(options.stall_seconds * 1e3));
  BRINK_ASSIGN(impl->source, camera::MakeSource(options.source, feed));
  BRINK_ASSIGN(impl->pipeline_options, OptionsOf(options, impl->name));
  BRINK_ASSIGN(impl->sinks, OpenSinks(options, impl->pipeline_options, labels));
  return std::unique_ptr<Watch>(new Watch(std::move(impl)));
}

void Watch::Start(camera::Detector& detector, std::function<void()> on_end) {
  Impl& it = *impl_;
  it.feed.emplace(std::move(it.source), it.interrupt,
                  camera::FeedOptions{.name = it.name, .until_end = it.options.once});
  if (it.options.board != nullptr) {
    it.sinks.push_back(
        it.options.board->Add(it.name, [feed = &*it.feed] { return feed->status(); }));
  }
  it.pipeline.emplace(*it.feed, detector, std::move(it.sinks), it.pipeline_options);
  it.thread = std::thread([&it, on_end = std::move(on_end)] {
    it.result = it.pipeline->Run();
    on_end();
  });
}

Status Watch::Stop() {
  Impl& it = *impl_;
  if (!it.thread.joinable()) return it.result;
  it.feed->Stop();
  it.thread.join();
  const auto feed = it.feed->status();
  const auto pipeline = it.pipeline->status();
  log::Info("camera ended", {{"camera", it.name},
                             {"frames", feed.frames},
                             {"looked_at", pipeline.reports - pipeline.still},
                             {"still", pipeline.still},
                             {"dropped", feed.dropped},
                             {"failed", pipeline.failures},
                             {"reconnects", feed.reconnects}});
  if (!it.result) it.result = Fail(it.result.error().Within(it.shown));
  return it.result;
}

const std::string& Watch::name() const { return impl_->name; }
camera::FeedStatus Watch::feed_status() const {
  return impl_->feed ? impl_->feed->status() : camera::FeedStatus();
}
camera::PipelineStatus Watch::pipeline_status() const {
  return impl_->pipeline ? impl_->pipeline->status() : camera::PipelineStatus();
}
std::vector<metrics::Sample> Watch::Samples() const {
  return CameraSamples(impl_->name, feed_status(), pipeline_status());
}

}  // namespace brink::apps

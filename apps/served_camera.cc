#include "served_camera.h"

#include <utility>

#include "local_detector.h"
#include "watch.h"

namespace brink::apps {

struct ServedCamera::Impl {
  explicit Impl(const camera::LiveOptions& options) : board(options) {}

  bool is_shown = false;
  camera::LiveBoard board;
  std::unique_ptr<camera::Detector> detector;
  std::unique_ptr<Watch> watch;  // last: it uses what stands before it
};

ServedCamera::ServedCamera(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ServedCamera::~ServedCamera() { Stop(); }

Result<std::unique_ptr<ServedCamera>> ServedCamera::Open(
    const Config& config, const OpenedModel& opened, const std::string& name,
    std::shared_ptr<serving::SessionPool> pool) {
  if (config.camera.empty()) return std::unique_ptr<ServedCamera>();
  if (!opened.card) {
    return Fail(Code::kFailedPrecondition,
                opened.file.path + ": a camera needs a model with a card: name one with --card");
  }
  auto impl = std::make_unique<Impl>(camera::LiveOptions{.token = config.camera_token});
  impl->is_shown = !config.camera_token.empty();
  BRINK_ASSIGN(impl->detector, MakeLocalDetector(std::move(pool), opened.card->card));
  const WatchOptions options{.source = config.camera,
                             .name = name,
                             .mqtt = config.camera_mqtt,
                             .webhook = config.camera_webhook,
                             .ca_file = config.ca_file,
                             .board = impl->is_shown ? &impl->board : nullptr};
  auto watch = Watch::Open(options, opened.card->card.labels);
  if (!watch) return Fail(watch.error().Within("camera"));
  impl->watch = std::move(*watch);
  return std::unique_ptr<ServedCamera>(new ServedCamera(std::move(impl)));
}

protocols::HttpHandler& ServedCamera::Before(protocols::HttpHandler& others) {
  if (!impl_->is_shown) return others;
  impl_->board.SetNext(&others);
  return impl_->board;
}

metrics::Source ServedCamera::samples() {
  return [watch = impl_->watch.get()] { return watch->Samples(); };
}

void ServedCamera::Start() {
  impl_->watch->Start(*impl_->detector, [] {});
}

void ServedCamera::Stop() {
  if (impl_->watch) static_cast<void>(impl_->watch->Stop());
}

}  // namespace brink::apps

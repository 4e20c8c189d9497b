#include "brink/camera/sinks/mqtt.h"

#if __has_include(<mosquitto.h>)

#include <mosquitto.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "brink/base/log.h"

namespace brink::camera {
namespace {

constexpr int kKeepaliveSeconds = 30;
constexpr std::chrono::seconds kPatience{10};
constexpr unsigned kFirstPause = 1;  // seconds
constexpr unsigned kLongestPause = 30;

struct Destroy {
  void operator()(mosquitto* client) const { mosquitto_destroy(client); }
};

bool PrepareMosquitto() {
  static const int code = mosquitto_lib_init();
  return code == MOSQ_ERR_SUCCESS;
}

class Mqtt final : public EventSender {
 public:
  explicit Mqtt(const MqttOptions& options)
      : options_(options), topic_(options.base + "/" + TopicLevel(options.camera)) {}
  ~Mqtt() override;
  Mqtt(const Mqtt&) = delete;
  Mqtt& operator=(const Mqtt&) = delete;

  Status Start();
  Status Send(const std::string& event, const Interrupt& interrupt) override;
  void Observe(const Report& report) override;
  std::string name() const override { return "mqtt"; }

 private:
  static void OnConnect(mosquitto* client, void* user, int code);
  static void OnDisconnect(mosquitto* client, void* user, int code);
  static void OnPublish(mosquitto* client, void* user, int id);
  Status SetSecurity();
  void ShowPicture(const Report& report);
  int Publish(const std::string& topic, const std::string& payload, bool retain, int* id = nullptr);

  const MqttOptions options_;
  const std::string topic_;  // of the camera, without a slash at its end
  std::unique_ptr<mosquitto, Destroy> client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool connected_ = false;
  std::string refusal_;
  std::set<int> arrived_;  // ids of messages acknowledged since Send began
  std::string state_;
};

Mqtt::~Mqtt() {
  if (!client_) return;
  // An orderly end is told by us: the broker keeps the will for a disorderly one.
  Publish(topic_ + "/online", "offline", true);
  mosquitto_disconnect(client_.get());
  mosquitto_loop_stop(client_.get(), false);
}

Status Mqtt::SetSecurity() {
  mosquitto* client = client_.get();
  int code = MOSQ_ERR_SUCCESS;
  if (!options_.user.empty()) {
    code = mosquitto_username_pw_set(client, options_.user.c_str(), options_.password.c_str());
  }
  if (code == MOSQ_ERR_SUCCESS && options_.tls) {
    const bool own = !options_.ca_file.empty();
    code = mosquitto_tls_set(client, own ? options_.ca_file.c_str() : nullptr,
                             own ? nullptr : "/etc/ssl/certs", nullptr, nullptr, nullptr);
  }
  if (code == MOSQ_ERR_SUCCESS) return {};
  return Fail(Code::kInvalidArgument, std::string("mqtt: ") + mosquitto_strerror(code) +
                                          (options_.tls ? " (is the CA file there?)" : ""));
}

Status Mqtt::Start() {
  client_.reset(mosquitto_new(nullptr, true, this));
  if (!client_) return Fail(Code::kResourceExhausted, "no memory for libmosquitto");
  mosquitto* client = client_.get();
  BRINK_TRY(SetSecurity());
  const std::string online = topic_ + "/online";
  const std::string offline = "offline";
  mosquitto_will_set(client, online.c_str(), static_cast<int>(offline.size()), offline.data(), 1,
                     true);
  mosquitto_connect_callback_set(client, OnConnect);
  mosquitto_disconnect_callback_set(client, OnDisconnect);
  mosquitto_publish_callback_set(client, OnPublish);
  mosquitto_reconnect_delay_set(client, kFirstPause, kLongestPause, true);
  mosquitto_connect_async(client, options_.host.c_str(), options_.port, kKeepaliveSeconds);
  const int code = mosquitto_loop_start(client);
  if (code == MOSQ_ERR_SUCCESS) return {};
  return Fail(Code::kResourceExhausted, std::string("mqtt: ") + mosquitto_strerror(code));
}

int Mqtt::Publish(const std::string& topic, const std::string& payload, bool retain, int* id) {
  return mosquitto_publish(client_.get(), id, topic.c_str(), static_cast<int>(payload.size()),
                           payload.data(), 1, retain);
}

void Mqtt::OnConnect(mosquitto* /*client*/, void* user, int code) {
  auto& it = *static_cast<Mqtt*>(user);
  std::string state;
  {
    const std::lock_guard lock(it.mutex_);
    it.connected_ = code == 0;
    it.refusal_ = code == 0 ? "" : mosquitto_connack_string(code);
    it.changed_.notify_all();
    state = it.state_;
  }
  if (code != 0) return;
  log::Info("mqtt connected", {{"host", it.options_.host}, {"topic", it.topic_}});
  it.Publish("homeassistant/device/brink_" + TopicLevel(it.options_.camera) + "/config",
             DiscoveryOf(it.options_), true);
  it.Publish(it.topic_ + "/online", "online", true);
  if (!state.empty()) it.Publish(it.topic_ + "/state", state, true);
}

void Mqtt::OnDisconnect(mosquitto* /*client*/, void* user, int /*code*/) {
  auto& it = *static_cast<Mqtt*>(user);
  const std::lock_guard lock(it.mutex_);
  it.connected_ = false;
  it.changed_.notify_all();
}

void Mqtt::OnPublish(mosquitto* /*client*/, void* user, int id) {
  auto& it = *static_cast<Mqtt*>(user);
  const std::lock_guard lock(it.mutex_);
  it.arrived_.insert(id);
  it.changed_.notify_all();
}

// What is not acknowledged in time is sent again by the outbox: at least once.
Status Mqtt::Send(const std::string& event, const Interrupt& interrupt) {
  std::unique_lock lock(mutex_);
  if (!connected_) {
    return Fail(Code::kUnavailable, "no connection to " + options_.host + ":" +
                                        std::to_string(options_.port) +
                                        (refusal_.empty() ? "" : " (" + refusal_ + ")"));
  }
  arrived_.clear();
  int id = 0;
  lock.unlock();
  const int code = Publish(topic_ + "/events", event, false, &id);
  if (code != MOSQ_ERR_SUCCESS) return Fail(Code::kUnavailable, mosquitto_strerror(code));
  lock.lock();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (connected_ && arrived_.count(id) == 0 && !interrupt.raised()) {
    const auto turn = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
    if (std::chrono::steady_clock::now() > deadline) break;
    changed_.wait_until(lock, turn);
  }
  if (arrived_.count(id) > 0) return {};
  return Fail(Code::kUnavailable, "the broker did not acknowledge");
}

// A picture that does not arrive is not sent again: the next event has a newer one.
void Mqtt::ShowPicture(const Report& report) {
  if (options_.no_images || report.events.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (!connected_) return;
  }
  const auto jpeg = report.AnnotatedJpeg();
  if (!jpeg) return;
  const std::string topic = topic_ + "/image";
  mosquitto_publish(client_.get(), nullptr, topic.c_str(), static_cast<int>((*jpeg)->size()),
                    (*jpeg)->data(), 0, true);
}

void Mqtt::Observe(const Report& report) {
  ShowPicture(report);
  std::map<std::string, int64_t> counts;
  for (const std::string& label : options_.labels) counts[TopicLevel(label)] = 0;
  for (const Object& object : report.objects) ++counts[TopicLevel(object.detection.label)];
  json::Object count;
  for (const auto& [label, number] : counts) count[label] = number;
  json::Object zones;
  for (const auto& [zone, number] : report.inside) zones[TopicLevel(zone)] = number;
  std::string state =
      json::Write(json::Object{{"count", std::move(count)}, {"zones", std::move(zones)}});
  {
    const std::lock_guard lock(mutex_);
    if (state == state_) return;
    state_ = state;
    if (!connected_) return;  // told when it is
  }
  Publish(topic_ + "/state", state, true);
}

}  // namespace

Result<std::unique_ptr<EventSender>> MakeMqtt(const MqttOptions& options) {
  if (!PrepareMosquitto()) return Fail(Code::kResourceExhausted, "no memory for libmosquitto");
  auto mqtt = std::make_unique<Mqtt>(options);
  BRINK_TRY(mqtt->Start());
  return mqtt;
}

}  // namespace brink::camera

#else

namespace brink::camera {

Result<std::unique_ptr<EventSender>> MakeMqtt(const MqttOptions& /*options*/) {
  return Fail(Code::kUnimplemented, "mqtt: this brink was built without libmosquitto");
}

}  // namespace brink::camera

#endif

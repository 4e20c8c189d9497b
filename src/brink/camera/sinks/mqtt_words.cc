#include <charconv>

#include "brink/base/json.h"
#include "brink/base/percent.h"
#include "brink/camera/sinks/mqtt.h"

namespace brink::camera {
namespace {

json::Value Counter(const std::string& device, const std::string& kind, const std::string& name) {
  return json::Object{
      {"platform", "sensor"},
      {"name", kind == "count" ? name : kind + " " + name},
      {"unique_id", device + "_" + kind + "_" + TopicLevel(name)},
      {"state_class", "measurement"},
      {"value_template", "{{ value_json." + kind + "['" + TopicLevel(name) + "'] | default(0) }}"}};
}

}  // namespace

Result<MqttOptions> ParseMqttUrl(const std::string& url) {
  const auto unfit = [] {
    return Fail(Code::kInvalidArgument,
                "mqtt: expected mqtt://USER:PASSWORD@HOST:PORT/BASE or mqtts://...");
  };
  MqttOptions options;
  std::string_view rest = url;
  options.tls = rest.starts_with("mqtts://");
  if (!options.tls && !rest.starts_with("mqtt://")) return unfit();
  rest.remove_prefix(options.tls ? 8 : 7);
  options.port = options.tls ? 8883 : 1883;
  if (const size_t slash = rest.find('/'); slash != std::string_view::npos) {
    if (slash + 1 < rest.size()) options.base = rest.substr(slash + 1);
    rest = rest.substr(0, slash);
  }
  while (options.base.ends_with('/')) options.base.pop_back();
  if (options.base.empty() || options.base.find_first_of("+#") != std::string::npos) return unfit();
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = rest.substr(0, at);
    const size_t colon = who.find(':');
    options.user = PercentDecoded(who.substr(0, colon));
    if (colon != std::string_view::npos) options.password = PercentDecoded(who.substr(colon + 1));
    rest.remove_prefix(at + 1);
  }
  const size_t bracket = rest.starts_with('[') ? rest.find(']') : 0;  // [::1]:1883
  if (bracket == std::string_view::npos) return unfit();
  if (const size_t colon = rest.find(':', bracket); colon != std::string_view::npos) {
    const std::string_view port = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), options.port);
    const bool whole = error == std::errc() && end == port.data() + port.size();
    if (!whole || options.port < 1 || options.port > 65535) return unfit();
    rest = rest.substr(0, colon);
  }
  if (bracket > 0) rest = rest.substr(1, bracket - 1);
  options.host = rest;
  if (options.host.empty()) return unfit();
  return options;
}

std::string TopicLevel(const std::string& name) {
  std::string level;
  for (const char c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_';
    level += plain ? c : '_';
  }
  return level.empty() ? "_" : level;
}

std::string DiscoveryOf(const MqttOptions& options) {
  const std::string camera = TopicLevel(options.camera);
  const std::string device = "brink_" + camera;
  const std::string topic = options.base + "/" + camera;
  json::Object components;
  for (const std::string& label : options.labels) {
    components["count_" + TopicLevel(label)] = Counter(device, "count", label);
  }
  for (const std::string& zone : options.zones) {
    components["zones_" + TopicLevel(zone)] = Counter(device, "zones", zone);
  }
  if (!options.no_images) {
    components["picture"] = json::Object{{"platform", "camera"},
                                         {"name", "last event"},
                                         {"unique_id", device + "_picture"},
                                         {"topic", topic + "/image"}};
  }
  const json::Object config{{"device", json::Object{{"identifiers", json::Array{device}},
                                                    {"name", options.camera},
                                                    {"manufacturer", "brink"}}},
                            {"origin", json::Object{{"name", "brink"}}},
                            {"components", std::move(components)},
                            {"state_topic", topic + "/state"},
                            {"availability_topic", topic + "/online"},
                            {"qos", 1}};
  return json::Write(config);
}

}  // namespace brink::camera

#include "config.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "brink/base/log.h"
#include "brink/graph/parameter.h"
#include "brink/storage/storage.h"

namespace brink::apps {
namespace {

constexpr int64_t kMostThreads = 256;
constexpr int64_t kMostRows = 1024;

const Setting kSettings[] = {
    {"address", &Config::address, "BRINK_ADDRESS", "IP", "address to listen on"},
    {"http_port", &Config::http_port, "BRINK_HTTP_PORT", "PORT",
     "port to listen on; 0 takes a free one", false, 0, 65535},
    {"grpc_port", &Config::grpc_port, "BRINK_GRPC_PORT", "PORT", "port for gRPC; 0 serves none",
     false, 0, 65535},
    {"metrics_port", &Config::metrics_port, "BRINK_METRICS_PORT", "PORT",
     "port for metrics alone; they are at /metrics of the HTTP port too", false, 0, 65535},
    {"max_body_bytes", &Config::max_body_bytes, "BRINK_MAX_BODY_BYTES", "BYTES",
     "longest request body", false, 1, int64_t{1} << 32},
    {"input_tensor_name", &Config::input_tensor_name, "", "NAME",
     "the model's input; needed when it has several", true},
    {"output_tensor_name", &Config::output_tensor_name, "", "NAME",
     "the tensor that answers; the model's first output when not given", true},
    {"card", &Config::card, "BRINK_CARD", "FILE",
     "model card: how pictures go in and detections come out", true},
    {"camera", &Config::camera, "BRINK_CAMERA", "SOURCE",
     "a camera to watch beside serving: /dev/video0, rtsp://...; see 'brink camera --help'", true},
    {"camera_mqtt", &Config::camera_mqtt, "BRINK_MQTT", "URL",
     "a broker for the camera's events and state: mqtt://USER:PASSWORD@HOST:PORT/BASE", true},
    {"camera_webhook", &Config::camera_webhook, "BRINK_WEBHOOK", "URL",
     "where the camera's events are posted, as CloudEvents", true},
    {"camera_token", &Config::camera_token, "BRINK_LIVE_TOKEN", "TEXT",
     "shows the camera at /live to whoever knows this; without it nobody sees it", true},
    {"threads", &Config::threads, "BRINK_THREADS", "N", "threads that compute; 0 takes one a CPU",
     true, 0, kMostThreads},
    {"sessions", &Config::sessions, "BRINK_SESSIONS", "N", "predictions at once; 0 takes one a CPU",
     true, 0, kMostThreads},
    {"max_batch_size", &Config::max_batch_size, "BRINK_MAX_BATCH_SIZE", "N",
     "most rows of one request to a model that takes one row", true, 1, kMostRows},
    {"cache", &Config::cache, "BRINK_CACHE", "DIR", "where downloaded models are kept"},
    {"packed_weights", &Config::packed_weights, "BRINK_PACKED_WEIGHTS", "WHERE",
     "weights as kernels want them, for the next start: auto (in the cache), off, or a folder"},
    {"mirror", &Config::mirror, "BRINK_MIRROR", "FROM=TO",
     "read URIs that begin with FROM at TO, a path or URI; may be repeated"},
    {"ca_file", &Config::ca_file, "SSL_CERT_FILE", "FILE", "PEM file of roots trusted for https"},
    {"mirror_rules", &Config::mirror_rules, "BRINK_MIRROR_RULES", "FILE",
     "YAML: rewrite: [{from, to}], allow: [PREFIX]"},
    {"allow", &Config::allow, "BRINK_ALLOW", "PREFIX",
     "load only URIs that begin with it; may be repeated"},
    {"offline", &Config::offline, "BRINK_OFFLINE", "WHEN",
     "start from what was fetched before: ok (if the source is not reached), never, only"},
    {"cache_bytes", &Config::cache_bytes, "BRINK_CACHE_BYTES", "BYTES",
     "keep at most so much, least recently used first to go; 0 keeps everything"},
    {"fetch_patience_s", &Config::fetch_patience_s, "BRINK_FETCH_PATIENCE_S", "SECONDS",
     "go on trying for so long without progress", false, 0, 86'400},
    {"fetch_deadline_s", &Config::fetch_deadline_s, "BRINK_FETCH_DEADLINE_S", "SECONDS",
     "give up a fetch after so long; 0 never", false, 0, 86'400 * 30},
    {"fetch_connections", &Config::fetch_connections, "BRINK_FETCH_CONNECTIONS", "N",
     "parts of a large object at once", false, 1, 16},
    {"max_model_bytes", &Config::max_model_bytes, "BRINK_MAX_MODEL_BYTES", "BYTES",
     "refuse to fetch or unpack more", false, 1},
    {"termination_log", &Config::termination_log, "BRINK_TERMINATION_LOG", "FILE",
     "file that gets the reason of a failure, where it exists"},
    {"log_level", &Config::log_level, "SELDON_LOG_LEVEL", "LEVEL",
     "debug, info, warning, error or off"},
    {"log_format", &Config::log_format, "BRINK_LOG_FORMAT", "FORMAT",
     "human, plain, json, or auto: human on a terminal"},
    {"access_log", &Config::access_log, "BRINK_ACCESS_LOG", "YES|NO",
     "log a line for each request; at level debug there is one anyway"},
};

Result<int64_t> ParseNumber(const Setting& setting, const std::string& text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && stop == end && number >= setting.least && number <= setting.most) {
    return number;
  }
  return Fail(Code::kInvalidArgument, "want a number from " + std::to_string(setting.least) +
                                          " to " + std::to_string(setting.most) + ", got '" + text +
                                          "'");
}

Result<bool> ParseSwitch(const std::string& text) {
  if (graph::CheckValue(text, graph::ParameterType::kBool)) return graph::BoolValue(text);
  return Fail(Code::kInvalidArgument, "want true or false, got '" + text.substr(0, 80) + "'");
}

// What the value means is checked where it enters, so that the message can name the place.
Status CheckText(const Setting& setting, const std::vector<std::string>& texts) {
  if (setting.name == "mirror") {
    const auto mirrors = storage::ParseMirrors(texts);
    if (!mirrors) return Fail(mirrors.error());
  }
  if (setting.name == "offline") {
    const auto offline = storage::ParseOffline(texts.back());
    if (!offline) return Fail(offline.error());
  }
  if (setting.name == "log_level") {
    const auto level = log::ParseLevel(texts.back());
    if (!level) return Fail(level.error());
  }
  if (setting.name == "log_format") {
    const auto format = log::ParseFormat(texts.back());
    if (!format) return Fail(format.error());
  }
  return {};
}

std::vector<std::string> Words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

bool IsList(const Setting& setting) {
  return std::holds_alternative<std::vector<std::string> Config::*>(setting.member);
}

}  // namespace

std::string Setting::Flag() const {
  std::string flag = "--" + std::string(name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::span<const Setting> Settings() { return kSettings; }

const Setting* FindSetting(std::string_view name) {
  const auto found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                  [&](const Setting& setting) { return setting.name == name; });
  return found == std::end(kSettings) ? nullptr : found;
}

Status Configuration::Set(const Setting& setting, const std::vector<std::string>& texts,
                          Origin origin, const std::string& where) {
  if (texts.empty()) return {};
  Source& source = sources_[setting.name];
  if (const Status fits = CheckText(setting, texts); !fits) return Fail(fits.error().Within(where));
  if (const auto* number = std::get_if<int64_t Config::*>(&setting.member)) {
    const auto parsed = ParseNumber(setting, texts.back());
    if (!parsed) return Fail(parsed.error().Within(where));
    if (origin >= source.origin) config_.*(*number) = *parsed;
  } else if (const auto* on = std::get_if<bool Config::*>(&setting.member)) {
    const auto parsed = ParseSwitch(texts.back());
    if (!parsed) return Fail(parsed.error().Within(where));
    if (origin >= source.origin) config_.*(*on) = *parsed;
  } else if (const auto* text = std::get_if<std::string Config::*>(&setting.member)) {
    if (origin >= source.origin) config_.*(*text) = texts.back();
  } else if (origin >= source.origin) {
    config_.*std::get<std::vector<std::string> Config::*>(setting.member) = texts;
  }
  if (origin >= source.origin) source = {origin, where};
  return {};
}

Status Configuration::SetFromEnvironment(const GetVariable& variable, Origin origin,
                                         const std::string& place) {
  for (const Setting& setting : kSettings) {
    if (setting.env.empty()) continue;
    const auto value = variable(std::string(setting.env));
    if (!value || value->empty()) continue;
    const auto texts = IsList(setting) ? Words(*value) : std::vector<std::string>{*value};
    BRINK_TRY(Set(setting, texts, origin, place + std::string(setting.env)));
  }
  return {};
}

std::string Configuration::Print(std::span<const std::string_view> names) const {
  std::string lines;
  for (const Setting& setting : kSettings) {
    if (std::find(names.begin(), names.end(), setting.name) == names.end()) continue;
    std::string value;
    if (const auto* number = std::get_if<int64_t Config::*>(&setting.member)) {
      value = std::to_string(config_.*(*number));
    } else if (const auto* on = std::get_if<bool Config::*>(&setting.member)) {
      value = config_.*(*on) ? "true" : "false";
    } else if (const auto* text = std::get_if<std::string Config::*>(&setting.member)) {
      value = config_.*(*text);
    } else {
      const auto& list = config_.*std::get<std::vector<std::string> Config::*>(setting.member);
      for (const std::string& item : list) value += (value.empty() ? "" : " ") + item;
    }
    const auto source = sources_.find(setting.name);
    const std::string where = source == sources_.end() ? "default" : source->second.where;
    lines += std::string(setting.name) + " = " + value + "  (" + where + ")\n";
  }
  return lines;
}

}  // namespace brink::apps

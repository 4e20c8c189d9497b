// What can be configured, and where each value comes from: flag > environment > file > default.
// Filled at the start of the program, immutable afterwards, passed down.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "brink/base/result.h"

namespace brink::apps {

struct Config {
  std::string address = "0.0.0.0";
  int64_t http_port = 9000;
  int64_t grpc_port = 0;     // 0: no gRPC
  int64_t metrics_port = 0;  // 0: no port of its own
  int64_t max_body_bytes = int64_t{64} << 20;
  std::string input_tensor_name;
  std::string output_tensor_name;
  std::string card;
  std::string camera;
  std::string camera_mqtt;
  std::string camera_webhook;
  std::string camera_token;
  int64_t threads = 0;
  int64_t sessions = 0;
  std::string cache;
  std::string packed_weights = "auto";
  std::vector<std::string> mirror;
  std::string ca_file;
  std::string offline = "ok";
  int64_t cache_bytes = 0;
  int64_t fetch_patience_s = 30;
  int64_t fetch_deadline_s = 0;
  int64_t fetch_connections = 4;
  int64_t max_model_bytes = int64_t{8} << 30;
  std::string mirror_rules;
  std::vector<std::string> allow;
  std::string termination_log = "/dev/termination-log";
  std::string log_level = "info";
  std::string log_format = "auto";
  bool access_log = false;
  int64_t max_batch_size = 1;
};

// One row of the table that binds a member of Config to its names: flag "--http-port", environment
// variable, graph parameter "http_port" where it is one.
struct Setting {
  std::string_view name;  // "http_port"
  std::variant<std::string Config::*, int64_t Config::*, bool Config::*,
               std::vector<std::string> Config::*>
      member;
  std::string_view env;         // "" when there is none
  std::string_view value_name;  // "PORT"
  std::string_view help;
  bool is_parameter = false;  // may stand among a graph's parameters
  int64_t least = 0;          // for numbers
  int64_t most = INT64_MAX;

  std::string Flag() const;  // "--http-port"
  bool is_number() const { return std::holds_alternative<int64_t Config::*>(member); }
  bool is_switch() const { return std::holds_alternative<bool Config::*>(member); }
};
std::span<const Setting> Settings();
// nullptr when there is none of that name.
const Setting* FindSetting(std::string_view name);

enum class Origin { kDefault, kFile, kEnvironment, kFlag };  // a later one wins

// The value of an environment variable, or nothing.
using GetVariable = std::function<std::optional<std::string>(const std::string& name)>;

class Configuration {
 public:
  const Config& values() const { return config_; }

  // Takes the value unless a stronger origin has set it. `where` names the place in messages and in
  // Print: "--threads", "BRINK_THREADS", "mask.yaml:17". Wrong values are kInvalidArgument.
  Status Set(const Setting& setting, const std::vector<std::string>& texts, Origin origin,
             const std::string& where);
  // Sets everything that `variable` knows; an empty variable counts as none.
  Status SetFromEnvironment(const GetVariable& variable, Origin origin,
                            const std::string& place = "");

  // The settings that are named, one a line: "http_port = 9000  (default)".
  std::string Print(std::span<const std::string_view> names) const;

 private:
  struct Source {
    Origin origin = Origin::kDefault;
    std::string where = "default";
  };
  Config config_;
  std::map<std::string_view, Source> sources_;
};

}  // namespace brink::apps

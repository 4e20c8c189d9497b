// Events and state over MQTT 3.1.1, and Home Assistant's discovery beside them. libmosquitto stays
// in the .cc.
//
//   BASE/CAMERA/events   an event, JSON (see ToJson), QoS 1
//   BASE/CAMERA/state    {"count": {label: n}, "zones": {zone: n}}, retained, when it changes
//   BASE/CAMERA/online   "online"; "offline" is the broker's to say when brink is gone; retained
//   BASE/CAMERA/image    the annotated picture of the last event, JPEG, retained; not with
//   no_images homeassistant/device/brink_CAMERA/config   what Home Assistant makes a device of;
//   retained
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "brink/camera/sinks/outbox.h"

namespace brink::camera {

struct MqttOptions {
  std::string host;
  int port = 1883;
  bool tls = false;
  std::string user;
  std::string password;
  std::string base = "brink";
  std::string ca_file;              // PEM of the roots for TLS; empty: the system's
  std::string camera;               // its name
  std::vector<std::string> labels;  // that Home Assistant gets a counter for
  std::vector<std::string> zones;   // and these
  bool no_images = false;
};

// "mqtt://user:password@host:port/base", "mqtts://": what is left out keeps its default; port 8883
// for TLS. kInvalidArgument says what is wrong, without the password.
Result<MqttOptions> ParseMqttUrl(const std::string& url);

// A name as a level of a topic: what MQTT or Home Assistant give a meaning becomes "_".
std::string TopicLevel(const std::string& name);

// What Home Assistant reads (home-assistant.io/integrations/mqtt, "Device discovery payload").
std::string DiscoveryOf(const MqttOptions& options);

// Connects when it can, again and again, on a thread of libmosquitto. kUnimplemented where brink
// was built without it.
Result<std::unique_ptr<EventSender>> MakeMqtt(const MqttOptions& options);

}  // namespace brink::camera

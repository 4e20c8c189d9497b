// Events as CloudEvents 1.0 by HTTP POST (github.com/cloudevents/spec, HTTP binding, structured
// mode). libcurl stays in the .cc.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "brink/camera/sinks/outbox.h"

namespace brink::camera {

struct WebhookOptions {
  std::string url;      // http or https
  std::string secret;   // not empty: bodies are signed, see SignatureOf
  std::string ca_file;  // PEM of the roots for https; empty: the system's
  std::chrono::milliseconds timeout{10'000};
};

// kInvalidArgument for what is no URL of HTTP. A status of 2xx is an arrival; 400 and 413 to 422
// mean that this event never will; everything else is tried again.
Result<std::unique_ptr<EventSender>> MakeWebhook(const WebhookOptions& options);

// The event (a JSON object, see ToJson) as a CloudEvent: type "brink.camera.TYPE", source
// "/cameras/CAMERA", id, time, data.
Result<std::string> CloudEventOf(const std::string& event);

// "sha256=" and the hex of HMAC-SHA256 (RFC 2104) of the body: the header X-Brink-Signature.
std::string SignatureOf(std::string_view secret, std::string_view body);

}  // namespace brink::camera

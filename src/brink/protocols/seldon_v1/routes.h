// The table of what is where: every path of Seldon's wrapper and of its executor's outside face.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "brink/api/predictor.h"

namespace brink::protocols::seldon_v1 {

enum class Action : uint8_t { kAsk, kPing, kHealth, kLive, kReady, kMetadata, kOpenApi, kDocs };

struct Route {
  std::string_view path;
  bool get = false;  // GET and HEAD
  bool post = false;
  Action action = Action::kAsk;
  api::Method method = api::Method::kPredict;  // for kAsk
  std::string_view service;                    // as the executor's metrics name it
  std::string_view unit_path;                  // the wrapper's own path of this method
  std::string_view summary;                    // for the OpenAPI document
};

std::span<const Route> Routes();

// The route of a path, percent-escapes decoded and doubled slashes taken for one; nullptr where
// there is none.
const Route* FindRoute(std::string_view path);

// The methods of a route as an Allow header has them: "GET, HEAD, OPTIONS, POST".
std::string AllowedMethods(const Route& route);

}  // namespace brink::protocols::seldon_v1

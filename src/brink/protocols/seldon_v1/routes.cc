#include "brink/protocols/seldon_v1/routes.h"

#include <array>

#include "brink/base/percent.h"

namespace brink::protocols::seldon_v1 {
namespace {

using api::Method;

constexpr Route Ask(std::string_view path, bool get, Method method, std::string_view service,
                    std::string_view unit_path, std::string_view summary) {
  return {path, get, /*post=*/true, Action::kAsk, method, service, unit_path, summary};
}
constexpr Route Get(std::string_view path, Action action, std::string_view service,
                    std::string_view summary) {
  return {path, /*get=*/true, /*post=*/false, action, Method::kPredict, service, "", summary};
}

constexpr std::string_view kPredictText = "Asks the model for a prediction";
constexpr std::string_view kFeedbackText = "Tells how good an answer was";
constexpr std::string_view kStatusText = "What the component says of its health";
constexpr std::string_view kMetadataText = "The model's name, versions, inputs and outputs";

constexpr std::array<Route, 22> kRoutes = {{
    Ask("/predict", true, Method::kPredict, "predictions", "/predict", kPredictText),
    Ask("/api/v1.0/predictions", false, Method::kPredict, "predictions", "/predict", kPredictText),
    Ask("/api/v0.1/predictions", false, Method::kPredict, "predictions", "/predict", kPredictText),
    Ask("/transform-input", true, Method::kTransformInput, "transform-input", "/transform-input",
        "Transforms what goes into a model"),
    Ask("/transform-output", true, Method::kTransformOutput, "transform-output",
        "/transform-output", "Transforms what came out of a model"),
    Ask("/route", true, Method::kRoute, "route", "/route", "Chooses the child to go to"),
    Ask("/aggregate", true, Method::kAggregate, "aggregate", "/aggregate",
        "Combines the answers of several children"),
    Ask("/send-feedback", true, Method::kSendFeedback, "feedback", "/send-feedback", kFeedbackText),
    Ask("/api/v1.0/feedback", false, Method::kSendFeedback, "feedback", "/send-feedback",
        kFeedbackText),
    Ask("/api/v0.1/feedback", false, Method::kSendFeedback, "feedback", "/send-feedback",
        kFeedbackText),
    Get("/health/ping", Action::kPing, "ping", "Answers pong"),
    Get("/health/status", Action::kHealth, "status", kStatusText),
    Get("/api/v1.0/health/status", Action::kHealth, "status", kStatusText),
    Get("/live", Action::kLive, "live", "200 while the process runs"),
    Get("/ready", Action::kReady, "ready", "200 when predictions can be expected to work"),
    // The probes of a pod of protocol v2.
    Get("/v2/health/live", Action::kLive, "live", "200 while the process runs"),
    Get("/v2/health/ready", Action::kReady, "ready",
        "200 when predictions can be expected to work"),
    Get("/metadata", Action::kMetadata, "metadata", kMetadataText),
    Get("/api/v1.0/metadata", Action::kMetadata, "metadata", kMetadataText),
    Get("/seldon.json", Action::kOpenApi, "openapi", "This document"),
    Get("/api/v1.0/doc/", Action::kDocs, "doc", "A page to read this document and try it"),
    Get("/api/v1.0/doc", Action::kDocs, "doc", "A page to read this document and try it"),
}};

const Route* FindExact(std::string_view path) {
  for (const Route& route : kRoutes) {
    if (route.path == path) return &route;
  }
  return nullptr;
}

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

const Route* FindRoute(std::string_view path) {
  if (const Route* route = FindExact(path)) return route;
  const bool escaped = path.find('%') != std::string_view::npos;
  const bool doubled = path.find("//") != std::string_view::npos;
  if (!escaped && !doubled) return nullptr;
  std::string plain;
  for (const char c : PercentDecoded(path)) {
    if (c != '/' || plain.empty() || plain.back() != '/') plain.push_back(c);
  }
  return FindExact(plain);
}

std::string AllowedMethods(const Route& route) {
  return std::string(route.get ? "GET, HEAD, OPTIONS" : "OPTIONS") + (route.post ? ", POST" : "");
}

}  // namespace brink::protocols::seldon_v1

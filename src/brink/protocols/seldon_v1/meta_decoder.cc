#include "brink/protocols/seldon_v1/meta_decoder.h"

#include <limits>
#include <string>
#include <utility>

namespace brink::protocols::seldon_v1 {
namespace {

tl::unexpected<Error> Bad(std::string message) {
  return Fail(Code::kInvalidArgument, std::move(message));
}

Result<api::Metric::Kind> ReadKind(const json::Value* type) {
  using Kind = api::Metric::Kind;
  if (type == nullptr) return Kind::kCounter;
  const auto* name = type->get<std::string>();
  const auto* number = type->get<int64_t>();
  const std::pair<std::string_view, Kind> kinds[] = {
      {"COUNTER", Kind::kCounter}, {"GAUGE", Kind::kGauge}, {"TIMER", Kind::kTimer}};
  for (int64_t i = 0; i < 3; ++i) {
    if ((name != nullptr && *name == kinds[i].first) || (number != nullptr && *number == i)) {
      return kinds[i].second;
    }
  }
  return Bad("meta.metrics: type is none of COUNTER, GAUGE, TIMER");
}

Result<std::map<std::string, std::string>> ReadTexts(json::Value& value, std::string_view where) {
  std::map<std::string, std::string> texts;
  if (value.is_null()) return texts;
  auto* object = value.get<json::Object>();
  if (object == nullptr) return Bad(std::string(where) + ": an object is wanted");
  for (auto& [key, text] : *object) {
    if (!text.is<std::string>()) return Bad(std::string(where) + ": text values are wanted");
    texts.emplace(key, std::move(*text.get<std::string>()));
  }
  return texts;
}

Result<api::Metric> ReadMetric(json::Value& value) {
  auto* object = value.get<json::Object>();
  if (object == nullptr) return Bad("meta.metrics: a list of objects is wanted");
  api::Metric metric;
  BRINK_ASSIGN(metric.kind, ReadKind(value.Find("type")));
  if (const json::Value* key = value.Find("key")) {
    if (!key->is<std::string>()) return Bad("meta.metrics: key wants text");
    metric.key = *key->get<std::string>();
  }
  if (const json::Value* number = value.Find("value")) {
    if (!number->is_number()) return Bad("meta.metrics: value wants a number");
    metric.value = number->ToDouble();
    metric.real = number->is<double>();
  }
  if (const auto tags = object->find("tags"); tags != object->end()) {
    BRINK_ASSIGN(metric.tags, ReadTexts(tags->second, "meta.metrics.tags"));
  }
  return metric;
}

Status ReadRouting(const json::Value& value, std::map<std::string, int32_t>& routing) {
  routing.clear();
  if (value.is_null()) return {};
  const auto* object = value.get<json::Object>();
  if (object == nullptr) return Bad("meta.routing: an object is wanted");
  for (const auto& [unit, child] : *object) {
    const double number = child.ToDouble();
    using Limits = std::numeric_limits<int32_t>;
    if (!child.is_number() || !(number >= Limits::min() && number <= Limits::max())) {
      return Bad("meta.routing: integers are wanted");
    }
    routing[unit] = static_cast<int32_t>(number);
  }
  return {};
}

Status ReadTags(json::Value value, std::map<std::string, json::Value>& tags) {
  tags.clear();
  if (value.is_null()) return {};
  auto* object = value.get<json::Object>();
  if (object == nullptr) return Bad("meta.tags: an object is wanted");
  for (auto& [key, tag] : *object) tags.emplace(key, std::move(tag));
  return {};
}

Status ReadMember(const std::string& key, json::Scanner& scanner, api::Meta& meta) {
  if (key != "puid" && key != "tags" && key != "routing" && key != "requestPath" &&
      key != "metrics") {
    return scanner.SkipValue();
  }
  BRINK_ASSIGN(json::Value value, scanner.ReadValue());
  if (key == "tags") return ReadTags(std::move(value), meta.tags);
  if (key == "routing") return ReadRouting(value, meta.routing);
  if (key == "metrics") {
    BRINK_ASSIGN(meta.metrics, ReadMetrics(std::move(value)));
    return {};
  }
  if (key == "requestPath") {
    BRINK_ASSIGN(meta.request_path, ReadTexts(value, "meta.requestPath"));
    return {};
  }
  meta.puid.clear();
  if (value.is_null()) return {};
  auto* puid = value.get<std::string>();
  if (puid == nullptr) return Bad("meta.puid: text is wanted");
  meta.puid = std::move(*puid);
  return {};
}

}  // namespace

Result<std::vector<api::Metric>> ReadMetrics(json::Value value) {
  std::vector<api::Metric> metrics;
  if (value.is_null()) return metrics;
  auto* list = value.get<json::Array>();
  if (list == nullptr) return Bad("meta.metrics: a list of objects is wanted");
  for (json::Value& element : *list) {
    BRINK_ASSIGN(api::Metric metric, ReadMetric(element));
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

Result<api::Meta> ReadMeta(json::Scanner& scanner) {
  if (scanner.Peek() != '{') {
    BRINK_TRY(scanner.SkipValue());
    return Bad("meta: an object is wanted");
  }
  BRINK_TRY(scanner.Enter('{'));
  api::Meta meta;
  while (true) {
    BRINK_ASSIGN(const std::string* key, scanner.NextKey());
    if (key == nullptr) return meta;
    const std::string name = *key;
    BRINK_TRY(ReadMember(name, scanner, meta));
  }
}

}  // namespace brink::protocols::seldon_v1

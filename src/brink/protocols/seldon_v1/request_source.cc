#include "brink/protocols/seldon_v1/request_source.h"

#include <algorithm>
#include <optional>

#include "brink/base/utf8.h"
#include "brink/protocols/form.h"
#include "brink/protocols/json_text.h"
#include "brink/protocols/multipart.h"

namespace brink::protocols::seldon_v1 {
namespace {

std::string_view ContentType(const HttpRequest& request) {
  const std::string* type = request.Header("Content-Type");
  return type != nullptr ? std::string_view(*type) : std::string_view();
}

// The type without its parameters.
std::string_view MediaType(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  const size_t end = type.find_last_not_of(" \t");
  return type.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

bool IsJson(std::string_view type) {
  constexpr std::string_view kPrefix = "application/";
  constexpr std::string_view kSuffix = "+json";
  if (EqualsIgnoringCase(type, "application/json")) return true;
  return type.size() > kPrefix.size() + kSuffix.size() &&
         EqualsIgnoringCase(type.substr(0, kPrefix.size()), kPrefix) &&
         EqualsIgnoringCase(type.substr(type.size() - kSuffix.size()), kSuffix);
}

// Seldon looks for these words anywhere in the header, in lower case.
bool IsMultipart(std::string_view content_type) {
  return content_type.find("multipart/form-data") != std::string_view::npos;
}

std::optional<std::string> JsonParameter(const HttpRequest& request) {
  std::optional<std::string> json;
  if (EqualsIgnoringCase(MediaType(ContentType(request)), "application/x-www-form-urlencoded")) {
    json = FormField(request.body, "json");
  }
  if (!json || json->empty()) json = FormField(request.query(), "json");
  if (json && json->empty()) json.reset();
  return json;
}

tl::unexpected<Error> NoJson(std::string_view why) {
  return Fail(Code::kInvalidArgument, "Can't find JSON in data: " + std::string(why));
}

using Kind = FormSource::Field::Kind;

Kind KindOf(const Part& part) {
  if (part.file) return part.name == "binData" ? Kind::kBytes : Kind::kText;
  return part.name == "strData" ? Kind::kText : Kind::kJson;
}

// The first text part of a name counts, and a file of that name counts more.
Result<Source> ReadForm(HttpRequest request) {
  FormSource form{.body = std::move(request.body), .fields = {}};
  auto parts = ParseMultipart(form.body, BoundaryOf(ContentType(request)));
  if (!parts) return Fail(parts.error());
  std::stable_sort(parts->begin(), parts->end(),
                   [](const Part& a, const Part& b) { return a.file && !b.file; });
  for (Part& part : *parts) {
    const bool seen =
        std::any_of(form.fields.begin(), form.fields.end(),
                    [&](const FormSource::Field& field) { return field.name == part.name; });
    if (seen) continue;
    const Kind kind = KindOf(part);
    if (kind == Kind::kText && !utf8::IsValid(part.contents)) {
      return Fail(Code::kInvalidArgument, "a text part of the form is no UTF-8");
    }
    form.fields.push_back({.name = std::move(part.name), .kind = kind, .contents = part.contents});
  }
  return Source(std::move(form));
}

}  // namespace

Result<Source> FindSource(HttpRequest request) {
  if (IsMultipart(ContentType(request))) return ReadForm(std::move(request));
  if (auto json = JsonParameter(request)) return Source(JsonSource{std::move(*json)});
  const std::string_view type = MediaType(ContentType(request));
  if (type.empty()) return NoJson("there is no Content-Type");
  if (!IsJson(type)) return NoJson("Content-Type is not application/json");
  if (request.body.empty()) return NoJson("the body is empty");
  auto text = JsonTextToUtf8(std::move(request.body));
  if (!text) return NoJson(text.error().message);
  return Source(JsonSource{std::move(*text)});
}

std::string FindBytes(HttpRequest request) {
  if (!IsMultipart(ContentType(request))) {
    if (auto json = JsonParameter(request)) return std::move(*json);
  }
  return std::move(request.body);
}

}  // namespace brink::protocols::seldon_v1

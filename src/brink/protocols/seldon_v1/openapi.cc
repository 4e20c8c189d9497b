#include "brink/protocols/seldon_v1/openapi.h"

#include "brink/base/json.h"
#include "brink/protocols/seldon_v1/routes.h"

namespace brink::protocols::seldon_v1 {
namespace {

using json::Array;
using json::Object;
using json::Value;

Value Ref(std::string_view schema) {
  return Object{{"$ref", "#/components/schemas/" + std::string(schema)}};
}
Value TypeOf(std::string_view type) { return Object{{"type", type}}; }
Value ListOf(Value items) { return Object{{"type", "array"}, {"items", std::move(items)}}; }
Value MapOf(Value values) {
  return Object{{"type", "object"}, {"additionalProperties", std::move(values)}};
}
Value ObjectOf(Object properties) {
  return Object{{"type", "object"}, {"properties", std::move(properties)}};
}
Value Described(Value schema, std::string_view text) {
  (*schema.get<Object>())["description"] = text;
  return schema;
}
Value Content(Value schema) {
  return Object{{"application/json", Object{{"schema", std::move(schema)}}}};
}

Object DataSchemas() {
  return {
      {"DefaultData",
       ObjectOf({{"names", Described(ListOf(TypeOf("string")), "names of the columns")},
                 {"tensor", Ref("Tensor")},
                 {"ndarray", Described(ListOf(Object{}), "nested lists of equal lengths")},
                 {"tftensor", Described(TypeOf("object"), "TensorFlow's TensorProto as JSON")}})},
      {"Tensor",
       ObjectOf({{"shape", ListOf(TypeOf("integer"))}, {"values", ListOf(TypeOf("number"))}})},
  };
}

Object MessageSchemas() {
  return {
      {"Metric",
       ObjectOf({{"key", TypeOf("string")},
                 {"type", Object{{"type", "string"}, {"enum", Array{"COUNTER", "GAUGE", "TIMER"}}}},
                 {"value", TypeOf("number")},
                 {"tags", MapOf(TypeOf("string"))}})},
      {"Meta", ObjectOf({{"puid", TypeOf("string")},
                         {"tags", MapOf(Object{})},
                         {"routing", MapOf(TypeOf("integer"))},
                         {"requestPath", MapOf(TypeOf("string"))},
                         {"metrics", ListOf(Ref("Metric"))}})},
      {"SeldonMessage", ObjectOf({{"data", Ref("DefaultData")},
                                  {"jsonData", Described(Object{}, "any JSON")},
                                  {"strData", TypeOf("string")},
                                  {"binData", Object{{"type", "string"}, {"format", "byte"}}},
                                  {"meta", Ref("Meta")}})},
      {"SeldonMessageList", ObjectOf({{"seldonMessages", ListOf(Ref("SeldonMessage"))}})},
      {"Feedback", ObjectOf({{"request", Ref("SeldonMessage")},
                             {"response", Ref("SeldonMessage")},
                             {"truth", Ref("SeldonMessage")},
                             {"reward", TypeOf("number")}})},
      {"Failure", ObjectOf({{"status", ObjectOf({{"code", TypeOf("integer")},
                                                 {"info", TypeOf("string")},
                                                 {"reason", TypeOf("string")},
                                                 {"status", TypeOf("integer")}})}})},
  };
}

std::string_view RequestSchema(api::Method method) {
  if (method == api::Method::kAggregate) return "SeldonMessageList";
  return method == api::Method::kSendFeedback ? "Feedback" : "SeldonMessage";
}

Value Responses(const Route& route) {
  const bool message = route.action == Action::kAsk || route.action == Action::kHealth;
  Object ok{{"description", "OK"}};
  if (message) ok["content"] = Content(Ref("SeldonMessage"));
  return Object{
      {"200", std::move(ok)},
      {"default", Object{{"description", "what was wrong"}, {"content", Content(Ref("Failure"))}}}};
}

// "/api/v1.0/predictions" and "post" as "post_api_v1_0_predictions".
std::string OperationId(std::string_view verb, std::string_view path) {
  std::string id(verb);
  for (const char c : path) id.push_back(c == '/' || c == '.' || c == '-' ? '_' : c);
  return id;
}

Value Operation(const Route& route, std::string_view verb) {
  Object operation{{"summary", route.summary},
                   {"operationId", OperationId(verb, route.path)},
                   {"responses", Responses(route)}};
  if (verb == "post") {
    operation["requestBody"] =
        Object{{"required", true}, {"content", Content(Ref(RequestSchema(route.method)))}};
  } else if (route.action == Action::kAsk) {
    operation["parameters"] = Array{Object{{"name", "json"},
                                           {"in", "query"},
                                           {"required", true},
                                           {"content", Content(Ref(RequestSchema(route.method)))}}};
  }
  return operation;
}

Object Paths() {
  Object paths;
  for (const Route& route : Routes()) {
    Object item;
    if (route.get) item["get"] = Operation(route, "get");
    if (route.post) item["post"] = Operation(route, "post");
    paths[std::string(route.path)] = std::move(item);
  }
  return paths;
}

constexpr char kPageStart[] = R"(<!doctype html>
<html lang="en"><meta charset="utf-8"><title>brink: Seldon Core v1</title>
<style>body{font:16px sans-serif;max-width:50em;margin:2em auto;padding:0 1em}
td{padding:.2em 1em .2em 0;vertical-align:top}textarea{width:100%;height:7em}
pre{background:#eee;padding:1em;overflow:auto}</style>
<h1>Seldon Core v1 REST</h1>
<p>Machine readable: <a href="/seldon.json">/seldon.json</a></p>
<table>
)";
constexpr char kPageEnd[] = R"(</table>
<h2>Try it</h2>
<p>POST <code>/api/v1.0/predictions</code></p>
<textarea id="request">{"data": {"ndarray": [[1, 2, 3, 4]]}}</textarea>
<p><button id="send">Send</button></p>
<pre id="answer"></pre>
<script>
document.getElementById("send").onclick = async () => {
  const answer = document.getElementById("answer");
  try {
    const response = await fetch("/api/v1.0/predictions", {
      method: "POST",
      headers: {"Content-Type": "application/json"},
      body: document.getElementById("request").value,
    });
    const text = await response.text();
    answer.textContent = response.status + "\n" + text.slice(0, 20000);
  } catch (error) {
    answer.textContent = error;
  }
};
</script>
</html>
)";

}  // namespace

std::string OpenApiDocument() {
  Object schemas = DataSchemas();
  schemas.merge(MessageSchemas());
  const Value document = Object{
      {"openapi", "3.0.0"},
      {"info", Object{{"title", "brink: Seldon Core v1 REST"}, {"version", "1.0"}}},
      {"paths", Paths()},
      {"components", Object{{"schemas", std::move(schemas)}}},
  };
  return json::Write(document, {.ascii = true, .indent = 2}) + "\n";
}

std::string DocumentationPage() {
  std::string rows;
  for (const Route& route : Routes()) {
    rows += "<tr><td>" + std::string(route.get ? "GET" : "") +
            (route.get && route.post ? " " : "") + (route.post ? "POST" : "") + "<td><code>" +
            std::string(route.path) + "</code><td>" + std::string(route.summary) + "\n";
  }
  return std::string(kPageStart) + rows + kPageEnd;
}

}  // namespace brink::protocols::seldon_v1

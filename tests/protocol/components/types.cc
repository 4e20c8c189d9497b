#include "types.h"

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "arrays.h"
#include "brink/api/ndarray.h"
#include "brink/tensor/float16.h"

namespace brink::testing {
namespace {

using api::Answer;
using api::Metric;
using Give = std::function<Result<Answer>(const api::Message&)>;

Give Payload(std::function<api::Payload()> make) {
  return [make = std::move(make)](const api::Message&) { return Answer{.payload = make()}; };
}
Give List(const char* json) {
  return Payload([json] { return json::Parse(json, {.allow_nan = true}).value(); });
}
Give Refuse(api::Refusal refusal) {
  return [refusal](const api::Message&) { return Answer{.refusal = refusal}; };
}
Give Raise(std::string message) {
  return [message](const api::Message&) { return Fail(Code::kInternal, message); };
}

template <class T>
Give Row(std::vector<T> values) {
  return Payload([values] {
    return OneTensor(Tensor::Of<T>({1, static_cast<int64_t>(values.size())}, values));
  });
}

api::Payload Halves() {
  Tensor tensor(Type::kFloat16, {1, 2});
  tensor.as<uint16_t>()[0] = FloatToHalf(0.1F);
  tensor.as<uint16_t>()[1] = FloatToHalf(65504.0F);
  return OneTensor(std::move(tensor));
}

api::Payload Bools() {
  Tensor tensor(Type::kBool, {1, 2});
  tensor.as<bool>()[0] = true;
  tensor.as<bool>()[1] = false;
  return OneTensor(std::move(tensor));
}

api::Payload Arange8() {
  Tensor tensor(Type::kFloat64, {2, 2, 2});
  for (size_t i = 0; i < 8; ++i) tensor.as<double>()[i] = static_cast<double>(i);
  return OneTensor(std::move(tensor));
}

Result<Answer> EchoMeta(const api::Message& input) {
  json::Value meta;
  if (!input.meta.puid.empty() || !input.meta.tags.empty()) {
    meta = json::Object{{"puid", input.meta.puid},
                        {"tags", json::Object(input.meta.tags.begin(), input.meta.tags.end())}};
  }
  json::Array names;
  if (const auto* tensors = std::get_if<api::Tensors>(&input.payload)) {
    for (const std::string& name : tensors->columns) names.push_back(name);
  }
  return Answer{.payload = json::Value(json::Object{{"meta", meta}, {"names", names}})};
}

Result<Answer> WithEverything(const api::Message&) {
  return Answer{.payload = FromJson("[[1.0]]"),
                .tags = {{"t", "v"}, {"x", 1}},
                .metrics = {{.key = "rt_gauge", .kind = Metric::Kind::kGauge, .value = 7},
                            {.key = "rt_counter", .value = 1.5, .tags = {{"a", "b"}}},
                            {.key = "rt_timer", .kind = Metric::Kind::kTimer, .value = 12.5}}};
}

std::map<std::string, Give> Arrays() {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  return {
      {"list", List("[[1,2],[3,4]]")},
      {"list_float", List("[[1.0,2.5]]")},
      {"list_str", List(R"([["a","b"]])")},
      {"list_mixed", List(R"([["a",1]])")},
      {"list_1d", List("[1,2,3]")},
      {"list_empty", List("[]")},
      {"list_ragged", List("[[1],[1,2]]")},
      {"int64", Row<int64_t>({1, 2, 9007199254740993})},
      {"uint8", Row<uint8_t>({1, 2, 255})},
      {"float32", Row<float>({0.1F, 1.0F / 3, 1e-7F, 3.4e38F})},
      {"float16", Payload(Halves)},
      {"float64", Row<double>({0.1, 1.0 / 3, 1e-7, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5,
                               1e22, 5e-324, 1.7976931348623157e308, -0.0, 100.0})},
      {"bool", Payload(Bools)},
      {"complex", Payload([] {
         return OneTensor(Tensor(Type::kComplex128, {1, 1}));
       })},
      {"nan", Row<double>({kNan, kInf, -kInf})},
      {"0d", Payload([] { return FromJson("5.0"); })},
      {"3d", Payload(Arange8)},
      {"empty2d", Payload([] {
         return OneTensor(Tensor(Type::kFloat64, {0, 3}));
       })},
      {"strarr", Payload([] { return FromJson(R"([["x","yy"]])"); })},
      {"object", Payload([] { return FromJson(R"([[null,"x",1]])"); })},
  };
}

std::map<std::string, Give> Others() {
  return {
      {"dict", List(R"({"b":1,"a":[1.5,null,true,"\u00e9"],"n":{"z":NaN}})")},
      {"bytes", Payload([] { return api::Bytes{std::string("\0\1\xff", 3)}; })},
      {"str",
       Payload([] { return api::Text{"plain \u00e9 \u2603 \U0001F600 \"q\" \\ / <b> \n\t\x01"}; })},
      {"none", Payload([] { return std::monostate(); })},
      {"int", List("5")},
      {"float", List("5.5")},
      {"npfloat", List("5.5")},
      {"tuple", Payload([] { return std::monostate(); })},
      {"resp", WithEverything},
      {"resp_dict",
       [](const api::Message&) {
         return Answer{.payload = *json::Parse(R"({"ok":1})"), .tags = {{"t", "v"}}};
       }},
      {"badmetric",
       [](const api::Message&) {
         return Answer{.payload = FromJson("[[1.0]]"), .metrics = {{.key = "", .value = 1}}};
       }},
      {"badmetric2",
       [](const api::Message&) {
         return Answer{.payload = FromJson("[[1.0]]"), .metrics = {{.key = "k", .value = NAN}}};
       }},
      {"raise", Raise("boom \u00e9")},
      {"raise_empty", Raise("")},
      {"raise_type", Raise("type boom")},
      {"raise_key", Raise("'missing'")},
      {"raise_seldon", Refuse({.http_status = 402, .reason = "MY_REASON", .info = "custom msg"})},
      {"raise_seldon_default",
       [](const api::Message&) { return Fail(Code::kInvalidArgument, "custom msg"); }},
      {"raise_httpcode",
       Refuse({.http_status = 503, .reason = "MICROSERVICE_BAD_DATA", .info = "custom"})},
      {"echo_meta", EchoMeta},
  };
}

// What the request asks for.
std::string Kind(const api::Payload& payload) {
  if (const auto* text = std::get_if<api::Text>(&payload)) return text->text;
  if (const auto* bytes = std::get_if<api::Bytes>(&payload)) return bytes->bytes;
  if (const auto* value = std::get_if<json::Value>(&payload)) {
    const json::Value* kind = value->Find("k");
    return kind != nullptr && kind->is<std::string>() ? *kind->get<std::string>() : "";
  }
  const Tensor* tensor = TensorOf(payload);
  if (tensor == nullptr || tensor->strings().empty()) return "";
  return tensor->strings().front();
}

}  // namespace

Result<Answer> Types::Predict(api::Message input) {
  static const std::map<std::string, Give> kGives = [] {
    std::map<std::string, Give> gives = Arrays();
    gives.merge(Others());
    return gives;
  }();
  const std::string kind = Kind(input.payload);
  const auto give = kGives.find(kind);
  if (give == kGives.end()) return Answer{.payload = api::Text{"unknown:" + kind}};
  return give->second(input);
}

}  // namespace brink::testing

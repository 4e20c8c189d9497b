#include "components.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "arrays.h"
#include "brink/api/convert.h"
#include "brink/api/ndarray.h"
#include "full.h"
#include "types.h"

namespace brink::testing {
namespace {

using api::Answer;
using api::Message;
using api::Metric;

struct Identity : api::Component {
  Result<Answer> Predict(Message input) override {
    return Answer{.payload = std::move(input.payload)};
  }
};

std::string MapAscii(std::string text, char from, char to) {
  for (char& c : text) {
    if (c >= from && c <= to) c = static_cast<char>(c ^ 0x20);
  }
  return text;
}

// Applies `change` to each number; integers stay integers.
Result<Answer> Arithmetic(api::Payload payload, const std::function<double(double)>& change) {
  const Tensor* tensor = TensorOf(payload);
  if (tensor == nullptr || tensor->type() == Type::kString) {
    return Fail(Code::kInternal, "numbers are wanted");
  }
  auto doubles = Doubles(payload);
  if (!doubles) return Fail(doubles.error());
  for (double& number : doubles->as<double>()) number = change(number);
  auto converted = api::Convert(*doubles, tensor->type());
  if (!converted) return Fail(converted.error());
  return Answer{.payload = OneTensor(std::move(*converted))};
}

struct TransIn : api::Component {
  Result<Answer> TransformInput(Message input) override {
    if (auto* text = std::get_if<api::Text>(&input.payload)) {
      return Answer{.payload = api::Text{MapAscii(std::move(text->text), 'a', 'z')}};
    }
    if (auto* bytes = std::get_if<api::Bytes>(&input.payload)) {
      std::reverse(bytes->bytes.begin(), bytes->bytes.end());
      return Answer{.payload = std::move(*bytes)};
    }
    if (auto* value = std::get_if<json::Value>(&input.payload)) {
      return Answer{.payload = json::Value(json::Object{{"in", std::move(*value)}})};
    }
    return Arithmetic(std::move(input.payload), [](double x) { return x + 1; });
  }
  api::Tags GetTags() override { return {{"ti", 1}}; }
};

struct TransOut : api::Component {
  Result<Answer> TransformOutput(Message input) override {
    if (auto* text = std::get_if<api::Text>(&input.payload)) {
      return Answer{.payload = api::Text{MapAscii(std::move(text->text), 'A', 'Z')}};
    }
    return Arithmetic(std::move(input.payload), [](double x) { return x * 2; });
  }
  std::optional<std::vector<std::string>> ClassNames() override { return {{"out0", "out1"}}; }
};

struct Router : api::Component {
  Result<api::Branch> Route(Message input) override {
    if (const auto* text = std::get_if<api::Text>(&input.payload)) {
      if (text->text != "resp") return api::Branch{};
      return api::Branch{
          .child = 2,
          .tags = {{"branch", "b2"}},
          .metrics = {{.key = "route_gauge", .kind = Metric::Kind::kGauge, .value = 2}}};
    }
    auto numbers = Doubles(input.payload);
    if (!numbers || numbers->shape().elements() == 0) {
      return Fail(Code::kInvalidArgument, "a number is wanted");
    }
    return api::Branch{.child = static_cast<int64_t>(numbers->as<double>()[0]) % 2};
  }
  api::Tags GetTags() override { return {{"router", "yes"}}; }
};

struct Combiner : api::Component {
  Result<Answer> Aggregate(std::vector<Message> inputs) override {
    const bool texts = std::all_of(inputs.begin(), inputs.end(), [](const Message& input) {
      return std::holds_alternative<api::Text>(input.payload);
    });
    return texts ? Join(inputs) : Mean(inputs);
  }
  api::Tags GetTags() override { return {{"combiner", true}}; }
  std::vector<Metric> GetMetrics() override { return {{.key = "combined", .value = 1}}; }

 private:
  static Answer Join(const std::vector<Message>& inputs) {
    std::string joined;
    for (const Message& input : inputs) {
      if (!joined.empty()) joined += "+";
      joined += std::get<api::Text>(input.payload).text;
    }
    return {.payload = api::Text{std::move(joined)}};
  }
  static Result<Answer> Mean(const std::vector<Message>& inputs) {
    BRINK_ASSIGN(Tensor mean, Doubles(inputs.front().payload));
    for (size_t i = 1; i < inputs.size(); ++i) {
      BRINK_ASSIGN(const Tensor next, Doubles(inputs[i].payload));
      if (next.shape() != mean.shape()) {
        return Fail(Code::kInvalidArgument, "the children's answers have different shapes");
      }
      for (size_t k = 0; k < mean.as<double>().size(); ++k) {
        mean.as<double>()[k] += next.as<double>()[k];
      }
    }
    for (double& number : mean.as<double>()) number /= static_cast<double>(inputs.size());
    return Answer{.payload = OneTensor(std::move(mean))};
  }
};

struct Raw : api::Component {
  bool TakesRaw(api::Method method) const override { return method != api::Method::kSendFeedback; }
  Result<api::Raw> HandleRaw(api::Method method, api::Raw request) override {
    if (method == api::Method::kRoute) return *json::Parse(R"({"data":{"ndarray":[[7]]}})");
    auto* value = std::get_if<json::Value>(&request);
    if (value == nullptr || method == api::Method::kTransformInput ||
        method == api::Method::kTransformOutput) {
      return request;
    }
    if (method == api::Method::kAggregate) {
      const json::Value* list = value->is<json::Array>() ? value : value->Find("seldonMessages");
      const auto count = static_cast<int64_t>(list->get<json::Array>()->size());
      return json::Value(json::Object{{"n", count}});
    }
    if (json::Write(*value).find("teapot") != std::string::npos) {
      return *json::Parse(
          R"({"status":{"code":418,"info":"teapot","reason":"TEA","status":"FAILURE"}})");
    }
    json::Value answer = *json::Parse(
        R"({"meta":{"tags":{"raw":"rest"},
            "metrics":[{"key":"raw_counter","type":"COUNTER","value":1}]},
            "jsonData":{"any":["thing",null,true]}})");
    (*answer.get<json::Object>())["echo"] = std::move(*value);
    return answer;
  }
};

struct BadMeta : Identity {
  json::Object Metadata() const override { return {{"versions", "not-a-list"}}; }
  Result<Answer> HealthStatus() override { return Fail(Code::kInternal, "sick"); }
  std::vector<Metric> GetMetrics() override { return {{.key = "", .value = 1}}; }
};

struct ErrHandler : api::Component {
  Result<Answer> Predict(Message) override {
    return Answer{.refusal = api::Refusal{
                      .http_status = 402, .reason = "APP_1402", .info = "Test-Error-Msg"}};
  }
};

// What the parameters were, with the names of their Python types.
struct InitTypes : api::Component {
  Result<Answer> Predict(Message) override {
    return Answer{.payload = *json::Parse(R"({"i":["int",7],"f":["float",0.001],"d":["float",2.0],
            "s":["str","x y"],"b1":["bool",true],"b0":["bool",false],"inf":["float",Infinity],
            "rawint":["int",5],"dup":["int",2],"us":["int",1000]})",
                                          {.allow_nan = true})};
  }
};

}  // namespace

std::unique_ptr<api::Component> MakeComponent(const std::string& name,
                                              const json::Object& parameters) {
  using Make = std::function<std::unique_ptr<api::Component>()>;
  const std::map<std::string, Make> makes = {
      {"Identity", [] { return std::make_unique<Identity>(); }},
      {"Plain", [] { return std::make_unique<Identity>(); }},
      {"Slow", [] { return std::make_unique<Identity>(); }},
      {"Base", [] { return std::make_unique<api::Component>(); }},
      {"Nothing", [] { return std::make_unique<api::Component>(); }},
      {"Types", [] { return std::make_unique<Types>(); }},
      {"Full", [&] { return std::make_unique<Full>(parameters); }},
      {"Raw", [] { return std::make_unique<Raw>(); }},
      {"Router", [] { return std::make_unique<Router>(); }},
      {"Combiner", [] { return std::make_unique<Combiner>(); }},
      {"TransIn", [] { return std::make_unique<TransIn>(); }},
      {"TransOut", [] { return std::make_unique<TransOut>(); }},
      {"BadMeta", [] { return std::make_unique<BadMeta>(); }},
      {"ErrHandler", [] { return std::make_unique<ErrHandler>(); }},
      {"InitTypes", [] { return std::make_unique<InitTypes>(); }},
  };
  const auto make = makes.find(name);
  return make == makes.end() ? nullptr : make->second();
}

}  // namespace brink::testing

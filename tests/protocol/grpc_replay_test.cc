// Replays the recorded gRPC traffic of Seldon's Python server through the handler, in one process.
// Answers are compared as messages: the order of a map's entries on the wire means nothing.
#include <gmock/gmock.h>
#include <google/protobuf/util/field_comparator.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "brink/base/base64.h"
#include "brink/protocols/seldon_v1/grpc_handler.h"
#include "brink/protocols/seldon_v1/proto_message.h"
#include "components/components.h"
#include "fake_model.h"
#include "recording.h"
#include "seldon/prediction.pb.h"
#include "service.h"

namespace brink::testing {
namespace {

using protocols::seldon_v1::GrpcHandler;
using seldon::protos::SeldonMessage;

constexpr const char* kGrpcDifferences = "tests/protocol/grpc_differences.jsonl";

// What the Python class Raw does over gRPC: messages as they are on the wire.
class RawProto : public api::Component {
 public:
  bool TakesRaw(api::Method) const override { return true; }
  Result<api::Raw> HandleRaw(api::Method method, api::Raw request) override {
    const std::string& bytes = std::get<api::Bytes>(request).bytes;
    SeldonMessage answer;
    switch (method) {
      case api::Method::kSendFeedback:
        answer.set_strdata("feedback reward=1.0");
        break;
      case api::Method::kRoute:
        answer.set_strdata("7");
        break;
      case api::Method::kAggregate: {
        seldon::protos::SeldonMessageList list;
        if (!list.ParseFromString(bytes) || list.seldonmessages().empty()) {
          return Fail(Code::kInvalidArgument, "no messages");
        }
        answer = list.seldonmessages(0);
        break;
      }
      default: {
        answer.ParseFromString(bytes);
        (*answer.mutable_meta()->mutable_tags())["raw"].set_string_value("grpc");
        auto& metric = *answer.mutable_meta()->add_metrics();
        metric.set_key("raw_counter");
        metric.set_value(1);
      }
    }
    return api::Raw(api::Bytes{answer.SerializeAsString()});
  }
};

struct GrpcService {
  GrpcService(std::unique_ptr<api::Component> component,
              const std::map<std::string, std::string>& environment)
      : model(dynamic_cast<FakeModel*>(component.get())),
        predictor(std::move(component),
                  {.unit_id = Get(environment, "PREDICTIVE_UNIT_ID", "0"), .serialized = true}),
        handler(predictor, OptionsFrom(environment)) {}

  static std::string Get(const std::map<std::string, std::string>& map, const std::string& key,
                         const char* absent) {
    const auto found = map.find(key);
    return found == map.end() ? absent : found->second;
  }

  Result<std::string> Ask(const std::string& method, std::string message) {
    const auto& methods = handler.Methods();
    const auto found = std::find(methods.begin(), methods.end(), method);
    if (found == methods.end()) return Fail(Code::kUnimplemented, "no such method");
    std::optional<Result<std::string>> answer;
    handler.Handle(
        {.method = static_cast<int>(found - methods.begin()), .message = std::move(message)},
        [&](Result<std::string> result) { answer = std::move(result); });
    return std::move(answer).value();
  }

  FakeModel* model;
  api::ComponentPredictor predictor;
  GrpcHandler handler;
};

struct GrpcRecording {
  std::string name;
  std::string server;
  std::string method;
  std::string request;
  std::string response;
  std::string code;
};

std::string TextOf(const json::Value& value, std::string_view key) {
  const json::Value* member = value.Find(key);
  return member != nullptr && member->is<std::string>() ? *member->get<std::string>() : "";
}

std::string BodyOf(const json::Value& line, const std::string& side,
                   const std::filesystem::path& folder) {
  if (const std::string file = TextOf(line, side + "_file"); !file.empty())
    return ReadFile(folder / file);
  return base64::Decode(TextOf(line, side + "_base64")).value();
}

std::vector<GrpcRecording> ReadGrpcRecordings(const std::filesystem::path& folder) {
  std::vector<GrpcRecording> recordings;
  for (const json::Value& line : ReadJsonLines(folder / "grpc.jsonl")) {
    if (TextOf(line, "code").empty()) continue;  // reflection: net/grpc_server_test.cc
    recordings.push_back({TextOf(line, "name"), TextOf(line, "server"), TextOf(line, "method"),
                          BodyOf(line, "request", folder), BodyOf(line, "response", folder),
                          TextOf(line, "code")});
  }
  return recordings;
}

std::map<std::string, RecordedServer> ReadGrpcServers(const std::filesystem::path& folder) {
  std::map<std::string, RecordedServer> servers;
  const json::Value file = json::Parse(ReadFile(folder / "grpc_servers.json")).value();
  for (const auto& [id, server] : *file.get<json::Object>()) {
    RecordedServer& read = servers[id];
    read.component = TextOf(server, "class");
    for (const auto& [name, value] : *server.Find("env")->get<json::Object>()) {
      read.environment[name] = *value.get<std::string>();
    }
  }
  return servers;
}

std::unique_ptr<api::Component> MakeGrpcComponent(const RecordedServer& server) {
  if (server.component == "TFLiteServer") return std::make_unique<FakeModel>();
  if (server.component == "Raw") return std::make_unique<RawProto>();
  return MakeComponent(server.component, ParametersFrom(server.environment));
}

// The model's numbers are the recorded ones, so that what is compared is how they are written.
void Teach(FakeModel& model, const std::string& recorded) {
  SeldonMessage message;
  ASSERT_TRUE(message.ParseFromString(recorded));
  const auto decoded = protocols::seldon_v1::MessageFromProto(message);
  const auto* tensors = decoded ? std::get_if<api::Tensors>(&decoded->message.payload) : nullptr;
  if (tensors == nullptr) return;
  const Tensor& numbers = tensors->items[0].tensor;
  model.next_answer = Tensor(Type::kFloat32, numbers.shape());
  for (size_t i = 0; i < model.next_answer.as<float>().size(); ++i) {
    model.next_answer.as<float>()[i] = numbers.type() == Type::kFloat32
                                           ? numbers.as<float>()[i]
                                           : static_cast<float>(numbers.as<double>()[i]);
  }
}

struct Wanted {
  std::string why;
  std::string code;                    // what brink answers; empty: the case cannot apply
  std::optional<std::string> message;  // the answer's text form
};

std::map<std::string, Wanted> ReadGrpcDifferences() {
  std::map<std::string, Wanted> differences;
  for (const json::Value& line : ReadJsonLines(kGrpcDifferences)) {
    Wanted wanted{TextOf(line, "why"), TextOf(line, "code"), std::nullopt};
    if (const auto* message = line.Find("message")) wanted.message = *message->get<std::string>();
    for (const json::Value& name : *line.Find("cases")->get<json::Array>()) {
      EXPECT_TRUE(differences.emplace(*name.get<std::string>(), wanted).second)
          << "twice: " << *name.get<std::string>();
    }
  }
  return differences;
}

std::string CodeOf(const Result<std::string>& answer) {
  return answer ? "OK" : std::string(CodeName(answer.error().code));
}

template <class Message>
void ExpectSameMessage(const std::string& answer, const std::string& recorded) {
  Message got;
  Message wanted;
  ASSERT_TRUE(got.ParseFromString(answer));
  ASSERT_TRUE(wanted.ParseFromString(recorded));
  google::protobuf::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_field_comparator(&comparator);
  std::string report;
  differencer.ReportDifferencesToString(&report);
  EXPECT_TRUE(differencer.Compare(wanted, got)) << report.substr(0, 1000);
}

void ExpectRecorded(const GrpcRecording& recording, const Result<std::string>& answer) {
  ASSERT_EQ(CodeOf(answer), recording.code) << (answer ? "" : answer.error().message);
  if (!answer) return;
  if (recording.method.find("Metadata") != std::string::npos) {
    ExpectSameMessage<seldon::protos::SeldonModelMetadata>(*answer, recording.response);
  } else {
    ExpectSameMessage<SeldonMessage>(*answer, recording.response);
  }
}

void ExpectDifferent(const GrpcRecording& recording, const Wanted& wanted,
                     const Result<std::string>& answer) {
  EXPECT_EQ(CodeOf(answer), wanted.code) << (answer ? "" : answer.error().message);
  if (answer && wanted.message) {
    SeldonMessage message;
    ASSERT_TRUE(message.ParseFromString(*answer));
    EXPECT_EQ(message.ShortDebugString(), *wanted.message);
  }
  EXPECT_FALSE(CodeOf(answer) == recording.code && answer.value_or("") == recording.response)
      << "is in the list of differences, but does not differ";
}

TEST(Recorded, GrpcCasesAreAnsweredAsSeldonDidOrAsTheListOfDifferencesSays) {
  const std::filesystem::path folder = RecordingsFolder();
  if (!exists(folder)) GTEST_SKIP() << "there are no recordings at " << folder;
  const auto differences = ReadGrpcDifferences();
  const auto servers = ReadGrpcServers(folder);
  std::map<std::string, std::unique_ptr<GrpcService>> services;
  std::set<std::string> seen;
  int same = 0;
  for (const GrpcRecording& recording : ReadGrpcRecordings(folder)) {
    SCOPED_TRACE(recording.name);
    seen.insert(recording.name);
    const auto difference = differences.find(recording.name);
    if (difference != differences.end() && difference->second.code.empty()) continue;
    auto& service = services[recording.server];
    if (!service) {
      const RecordedServer& server = servers.at(recording.server);
      service = std::make_unique<GrpcService>(MakeGrpcComponent(server), server.environment);
    }
    if (service->model != nullptr && recording.code == "OK")
      Teach(*service->model, recording.response);
    const auto answer = service->Ask(recording.method, recording.request);
    if (difference != differences.end()) {
      ExpectDifferent(recording, difference->second, answer);
    } else {
      ExpectRecorded(recording, answer);
      same += HasFailure() ? 0 : 1;
    }
  }
  std::printf("%d cases equal, %zu in the list of differences\n", same, differences.size());
  for (const auto& [name, wanted] : differences) {
    EXPECT_TRUE(seen.contains(name)) << name << " is in the list of differences, but no case";
    EXPECT_FALSE(wanted.why.empty()) << name;
  }
}

}  // namespace
}  // namespace brink::testing

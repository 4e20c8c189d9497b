// Replays the recorded traffic of Seldon's Python server through the handler, in one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "brink/api/ndarray.h"
#include "brink/base/base64.h"
#include "components.h"
#include "differences.h"
#include "fake_model.h"
#include "recording.h"
#include "service.h"

namespace brink::testing {
namespace {

constexpr const char* kDifferences = "tests/protocol/differences.jsonl";

// The status object's reason; empty where the body has none.
std::string ReasonOf(const std::string& body) {
  const auto value = json::Parse(body, {.allow_nan = true});
  const json::Value* status = value ? value->Find("status") : nullptr;
  const json::Value* reason = status != nullptr ? status->Find("reason") : nullptr;
  return reason != nullptr ? *reason->get<std::string>() : "";
}

// Header fields that both answers must agree on, as "name: value"; lists sorted.
std::set<std::string> Compared(const protocols::HttpHeaders& headers) {
  std::set<std::string> compared;
  for (const auto& [name, value] : headers) {
    if (name == "Allow") {
      std::string sorted = value;
      std::sort(sorted.begin(), sorted.end());
      compared.insert(name + ": " + sorted);
    } else if (name.substr(0, 14) == "Access-Control" || name == "Vary" || name == "Content-Type") {
      compared.insert(name + ": " + value);
    }
  }
  return compared;
}

// The services of all recorded servers; each keeps its state from case to case.
class Replay {
 public:
  explicit Replay(const std::filesystem::path& folder) : servers_(ReadServers(folder)) {}

  protocols::HttpResponse Ask(const Recording& recording) {
    Service& service = ServiceOf(recording.server);
    if (model_ != nullptr && recording.status == 200) TeachModel(recording.body);
    protocols::HttpResponse response = service.Ask(recording.request);
    if (recording.request.method == "HEAD") response.body.clear();  // the server's part
    response.headers.emplace_back("Content-Type", response.content_type);
    return response;
  }

 private:
  Service& ServiceOf(const std::string& id) {
    const RecordedServer& server = servers_.at(id);
    std::unique_ptr<Service>& service = services_[id];
    if (service == nullptr) {
      std::unique_ptr<api::Component> component =
          server.component == "TFLiteServer"
              ? std::make_unique<FakeModel>()
              : MakeComponent(server.component, ParametersFrom(server.environment));
      models_[id] = dynamic_cast<FakeModel*>(component.get());
      service = std::make_unique<Service>(std::move(component), server.environment);
    }
    model_ = models_[id];
    return *service;
  }

  // The model's numbers are the recorded ones, so that what is compared is how they are written.
  void TeachModel(const std::string& body) {
    const json::Value answer = json::Parse(body, {.allow_nan = true}).value();
    const json::Value* data = answer.Find("data");
    if (data == nullptr) return;
    const json::Value* array = data->Find("ndarray");
    std::string content;
    if (const json::Value* tensor = data->Find("tensor")) array = tensor->Find("values");
    if (const json::Value* proto = data->Find("tftensor")) {
      content = base64::Decode(*proto->Find("tensorContent")->get<std::string>()).value();
    }
    model_->next_answer = Tensor(Type::kFloat32, {1, 5972, 2});
    if (!content.empty()) {
      std::memcpy(model_->next_answer.bytes().data(), content.data(), content.size());
      return;
    }
    const api::Payload payload = api::FromNested(*array).value();
    const Tensor& doubles = std::get<api::Tensors>(payload).items[0].tensor;
    if (doubles.shape().elements() != 5972 * 2) return;
    for (size_t i = 0; i < 5972 * 2; ++i) {
      model_->next_answer.as<float>()[i] = static_cast<float>(doubles.as<double>()[i]);
    }
  }

  std::map<std::string, RecordedServer> servers_;
  std::map<std::string, std::unique_ptr<Service>> services_;
  std::map<std::string, FakeModel*> models_;
  FakeModel* model_ = nullptr;
};

void ExpectSame(const Recording& recording, const protocols::HttpResponse& response) {
  EXPECT_EQ(response.status, recording.status) << response.body.substr(0, 300);
  EXPECT_EQ(Compared(response.headers), Compared(recording.headers));
  if (recording.status == 200) {
    EXPECT_EQ(response.body, recording.body);
  } else {
    EXPECT_EQ(ReasonOf(response.body), ReasonOf(recording.body));
  }
}

void ExpectDifferent(const Difference& wanted, const Recording& recording,
                     const protocols::HttpResponse& response) {
  EXPECT_EQ(response.status, wanted.status) << response.body.substr(0, 300);
  EXPECT_EQ(ReasonOf(response.body), wanted.reason);
  if (wanted.body) {
    EXPECT_EQ(response.body, *wanted.body);
  }
  const bool same = response.status == recording.status && response.body == recording.body;
  EXPECT_FALSE(same) << "is in the list of differences, but does not differ";
}

TEST(Recorded, RestCasesAreAnsweredAsSeldonDidOrAsTheListOfDifferencesSays) {
  const std::filesystem::path folder = RecordingsFolder();
  if (!exists(folder)) GTEST_SKIP() << "there are no recordings at " << folder;
  const auto differences = ReadDifferences(kDifferences);
  Replay replay(folder);
  std::set<std::string> seen;
  int same = 0;
  for (const Recording& recording : ReadRecordings(folder)) {
    SCOPED_TRACE(recording.name);
    seen.insert(recording.name);
    const auto difference = differences.find(recording.name);
    const bool differs = difference != differences.end();
    if (differs && (difference->second.skip || difference->second.socket)) continue;
    const protocols::HttpResponse response = replay.Ask(recording);
    if (differs) {
      ExpectDifferent(difference->second, recording, response);
    } else {
      ExpectSame(recording, response);
      ++same;
    }
  }
  std::printf("%d cases compared for equality, %zu in the list of differences\n", same,
              differences.size());
  for (const auto& [name, difference] : differences) {
    EXPECT_TRUE(seen.contains(name)) << name << " is in the list of differences, but no case";
  }
}

TEST(Recorded, EveryDifferenceIsExplained) {
  const std::string document = ReadFile("docs/seldon-differences.md");
  for (const auto& [name, difference] : ReadDifferences(kDifferences)) {
    EXPECT_THAT(document, ::testing::HasSubstr("`" + name + "`"));
    EXPECT_FALSE(difference.why.empty()) << name;
  }
}

}  // namespace
}  // namespace brink::testing

// Every model of ../shared gives what LiteRT gives, within the tolerances of judge.h. What cannot
// yet stands in not_yet.txt with its reason; a case that stands there and passes is a failure, so
// that the list is always exact.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "brink/engine/session.h"
#include "brink/model/graph.h"
#include "brink/tensor/elements.h"
#include "judge.h"
#include "npy.h"
#include "zoo.h"

namespace brink::golden {
namespace {

// The lines "case: reason" of not_yet.txt.
std::map<std::string, std::string> NotYet() {
  std::map<std::string, std::string> list;
  std::ifstream file("tests/golden/not_yet.txt");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.empty() || line[0] == '#' || colon == std::string::npos) continue;
    list[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return list;
}

// Inputs and outputs: the names of their files and the tensors that they bind.
struct Bindings {
  int graph = 0;
  std::map<std::string, int> inputs;
  std::vector<std::pair<std::string, int>> outputs;
};

Result<Bindings> FindBindings(const model::Model& model, const Case& recorded) {
  Bindings bindings;
  if (recorded.signature.empty()) {
    const model::Graph& graph = model.graphs[0];
    for (size_t i = 0; i < graph.inputs.size(); ++i)
      bindings.inputs[std::to_string(i)] = graph.inputs[i];
    for (size_t i = 0; i < graph.outputs.size(); ++i)
      bindings.outputs.emplace_back(std::to_string(i), graph.outputs[i]);
    return bindings;
  }
  for (const model::Signature& signature : model.signatures) {
    if (signature.key != recorded.signature) continue;
    bindings.graph = signature.graph;
    for (const auto& input : signature.inputs) bindings.inputs["_" + input.name] = input.tensor;
    for (const auto& output : signature.outputs)
      bindings.outputs.emplace_back("_" + output.name, output.tensor);
    return bindings;
  }
  return Fail(Code::kNotFound, "no signature " + recorded.signature);
}

// The recorded inputs by tensor.
Result<std::map<int, Tensor>> LoadInputs(const Case& recorded, const Bindings& bindings) {
  std::map<int, Tensor> inputs;
  for (const auto& [name, tensor] : bindings.inputs) {
    BRINK_ASSIGN(inputs[tensor], ReadNpy(recorded.folder + "/in" + name + ".npy"));
  }
  return inputs;
}

Status Fill(engine::Session& session, const model::Graph& graph,
            const std::map<int, Tensor>& inputs) {
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    const TensorView to = session.input(static_cast<int>(i));
    const auto from = inputs.find(graph.inputs[i]);
    if (from == inputs.end())
      return Fail(Code::kNotFound, "no recorded input " + std::to_string(i));
    const ConstTensorView given = ElementsOf(from->second);
    if (given.type != to.type || given.bytes.size() != to.bytes.size()) {
      return Fail(Code::kInvalidArgument,
                  "input " + std::to_string(i) + ": wanted " + to.shape.ToString());
    }
    CopyElements(given, to);
  }
  return {};
}

Result<engine::PlanOptions> Options(const model::Graph& graph, const Bindings& bindings,
                                    const std::map<int, Tensor>& inputs) {
  engine::PlanOptions options{.graph = bindings.graph};
  for (const auto& [tensor, value] : inputs) {
    const model::TensorInfo& info = graph.tensors[static_cast<size_t>(tensor)];
    if (!(info.shape == value.shape())) options.input_shapes[info.name] = value.shape();
  }
  for (const auto& [name, tensor] : bindings.outputs) {
    options.outputs.push_back(graph.tensors[static_cast<size_t>(tensor)].name);
  }
  return options;
}

// Fails with what differs or cannot run.
Status Check(const Case& recorded) {
  BRINK_ASSIGN(const auto model, model::ReadModel(recorded.model));
  BRINK_ASSIGN(const Bindings bindings, FindBindings(*model, recorded));
  const model::Graph& graph = model->graphs[static_cast<size_t>(bindings.graph)];
  BRINK_ASSIGN(const auto inputs, LoadInputs(recorded, bindings));
  BRINK_ASSIGN(const engine::PlanOptions options, Options(graph, bindings, inputs));
  BRINK_ASSIGN(const auto plan, engine::Plan::Build(model, options));
  BRINK_ASSIGN(const auto session, engine::Session::Create(plan));
  for (int run = 0; run < 3;
       ++run) {  // a run must not depend on what the one before left in the arena
    BRINK_TRY(Fill(*session, graph, inputs));
    BRINK_TRY(session->Run());
    for (size_t i = 0; i < bindings.outputs.size(); ++i) {
      BRINK_ASSIGN(const auto recordings, LoadRecordings(recorded, bindings.outputs[i].first, run));
      const bool has_scale = !plan->outputs()[i].quantization.empty();
      const std::string wrong =
          Judge(recorded, session->output(static_cast<int>(i)), has_scale, recordings);
      if (!wrong.empty())
        return Fail(Code::kInternal, "output " + bindings.outputs[i].first + ": " + wrong);
    }
  }
  return {};
}

class GoldenTest : public testing::TestWithParam<Case> {};

TEST_P(GoldenTest, AgreesWithItsRecordings) {
  static const std::map<std::string, std::string> not_yet = NotYet();
  const Status status = Check(GetParam());
  const auto listed = not_yet.find(GetParam().name);
  if (listed == not_yet.end()) {
    EXPECT_TRUE(status) << status.error().message;
  } else {
    EXPECT_FALSE(status) << "passes; take it off tests/golden/not_yet.txt, where it stands for: "
                         << listed->second;
  }
}

std::vector<Case> AllCases() {
  Result<std::vector<Case>> cases = LoadCases();
  return cases ? *cases : std::vector<Case>{};
}

std::string TestName(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenTest);
INSTANTIATE_TEST_SUITE_P(Zoo, GoldenTest, testing::ValuesIn(AllCases()), TestName);

TEST(GoldenListTest, EveryLineNamesACase) {
  const std::vector<Case> cases = AllCases();
  if (cases.empty()) GTEST_SKIP() << SharedFolder() << " holds no recorded models";
  for (const auto& listed : NotYet()) {
    const bool known = std::any_of(cases.begin(), cases.end(),
                                   [&](const Case& c) { return c.name == listed.first; });
    EXPECT_TRUE(known) << listed.first;
    EXPECT_FALSE(listed.second.empty()) << listed.first;
  }
}

}  // namespace
}  // namespace brink::golden

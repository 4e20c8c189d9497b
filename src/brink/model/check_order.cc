#include "brink/model/check_order.h"

#include <algorithm>

#include "brink/model/printable.h"

namespace brink::model {
namespace {

constexpr int kNobody = -1;

class OrderCheck {
 public:
  explicit OrderCheck(Graph& graph)
      : graph_(graph), maker_(graph.tensors.size(), kNobody), ready_(graph.tensors.size(), false) {}

  Status Run() {
    BRINK_TRY(FindMakers());
    BRINK_TRY(TakeInputs());
    for (size_t i = 0; i < graph_.tensors.size(); ++i) {
      TensorInfo& tensor = graph_.tensors[i];
      if (!ready_[i] && maker_[i] == kNobody && tensor.shape.elements() == 0) {
        tensor.is_constant = !tensor.is_variable;
      }
      if (tensor.is_constant || tensor.is_variable) ready_[i] = true;
    }
    for (size_t i = 0; i < graph_.nodes.size(); ++i) BRINK_TRY(Visit(i));
    return CheckOutputs();
  }

 private:
  std::string Tensor(int index) const {
    const std::string_view name = graph_.tensors[static_cast<size_t>(index)].name;
    return "tensor " + std::to_string(index) + (name.empty() ? "" : " " + Quoted(name));
  }
  std::string Operator(size_t index) const {
    return "operator " + std::to_string(index) + " (" + NodeName(graph_.nodes[index]) + ")";
  }

  Status FindMakers() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      for (const int output : graph_.nodes[i].outputs) {
        int& maker = maker_[static_cast<size_t>(output)];
        if (maker != kNobody) {
          return Fail(Code::kInvalidArgument,
                      Operator(i) + ": makes " + Tensor(output) + ", which " +
                          Operator(static_cast<size_t>(maker)) + " makes already");
        }
        if (graph_.tensors[static_cast<size_t>(output)].is_constant) {
          return Fail(Code::kInvalidArgument,
                      Operator(i) + ": makes " + Tensor(output) + ", which is a constant");
        }
        maker = static_cast<int>(i);
      }
    }
    return {};
  }

  Status TakeInputs() {
    for (size_t i = 0; i < graph_.inputs.size(); ++i) {
      const int input = graph_.inputs[i];
      const auto index = static_cast<size_t>(input);
      std::string wrong;
      if (graph_.tensors[index].is_constant) wrong = " is a constant";
      if (ready_[index]) wrong = " is an input already";
      if (maker_[index] != kNobody) {
        wrong = " is made by " + Operator(static_cast<size_t>(maker_[index]));
      }
      if (!wrong.empty()) {
        return Fail(Code::kInvalidArgument,
                    "graph input " + std::to_string(i) + ": " + Tensor(input) + wrong);
      }
      ready_[index] = true;
    }
    return {};
  }

  std::string WhyNotReady(int tensor) const {
    const int maker = maker_[static_cast<size_t>(tensor)];
    if (maker == kNobody) return " is made by no operator";
    return " is made later, by " + Operator(static_cast<size_t>(maker));
  }

  Status Visit(size_t index) {
    const Node& node = graph_.nodes[index];
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const int input = node.inputs[i];
      if (input == kAbsent || ready_[static_cast<size_t>(input)]) continue;
      const bool own = maker_[static_cast<size_t>(input)] == static_cast<int>(index);
      return Fail(Code::kInvalidArgument, Operator(index) + ": input " + std::to_string(i) + ": " +
                                              Tensor(input) +
                                              (own ? " is its own output" : WhyNotReady(input)));
    }
    for (const int output : node.outputs) ready_[static_cast<size_t>(output)] = true;
    return {};
  }

  Status CheckOutputs() const {
    for (size_t i = 0; i < graph_.outputs.size(); ++i) {
      const int output = graph_.outputs[i];
      if (!ready_[static_cast<size_t>(output)]) {
        return Fail(Code::kInvalidArgument, "graph output " + std::to_string(i) + ": " +
                                                Tensor(output) + WhyNotReady(output));
      }
    }
    return {};
  }

  Graph& graph_;
  std::vector<int> maker_;  // the node that makes each tensor, or kNobody
  std::vector<bool> ready_;
};

}  // namespace

Status CheckOrder(Graph& graph) { return OrderCheck(graph).Run(); }

}  // namespace brink::model

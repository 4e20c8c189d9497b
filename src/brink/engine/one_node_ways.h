// For tests: runs the model of a OneNodeCase in every way that has to come to the same numbers:
// with the best and the next best instructions, on one thread and on several, with what is constant
// packed at load and given at run time.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "brink/base/thread_pool.h"
#include "brink/engine/one_node_case.h"
#include "brink/kernels/cpu.h"
#include "brink/tensor/elements.h"

namespace brink::engine {

class OneNodeWays {
 public:
  OneNodeWays(const ops::OpDef& op, std::span<const uint8_t> bytes)
      : op_(op), node_(OneNodeCase(op, bytes).model()) {}

  // Whether the plain way comes to an end with numbers.
  bool Runs() { return Plain().ran; }

  // What is wrong; "" when all ways agree, or none runs.
  std::string Disagreement() {
    const Outcome& plain = Plain();
    if (!plain.planned || !plain.comparable || !node_.tame) return "";
    const auto targets = kernels::CpuTargets();
    if (targets.size() > 1) {
      kernels::ForceCpuTarget(targets[1]);
      const Outcome lesser = RunWay({});
      kernels::ForceCpuTarget("");
      const std::string wrong = Compare(plain, lesser);
      if (!wrong.empty()) return std::string(targets[1]) + ": " + wrong;
    }
    const std::string threaded = Compare(plain, RunWay({.threads = 3}));
    if (!threaded.empty()) return "3 threads: " + threaded;
    if (!node_.has_constants()) return "";
    const Outcome given = RunWay({.constants = false});
    // Much has to be constant, and is refused where it is not.
    const std::string wrong = given.planned && given.ran ? Compare(plain, given) : "";
    return wrong.empty() ? "" : "constants as inputs: " + wrong;
  }

 private:
  struct Way {
    bool constants = true;
    int threads = 1;
  };
  struct Outcome {
    bool planned = false;
    bool ran = false;
    bool comparable = false;
    std::vector<Tensor> outputs;
  };

  const Outcome& Plain() {
    if (!plain_) plain_ = RunWay({});
    return *plain_;
  }

  Outcome RunWay(const Way& way) const {
    Outcome outcome;
    auto model = model::ReadModel(node_.Build(way.constants), "fuzz");
    if (!model) return outcome;
    PlanOptions options;
    options.threads = way.threads;
    options.max_arena_bytes = size_t{64} << 20;
    auto plan = Plan::Build(std::move(*model), options);
    if (!plan) return outcome;
    outcome.planned = true;
    outcome.comparable = op_.foldable && !(*plan)->has_state();
    static ThreadPool pool(3);
    auto session = Session::Create(*plan, way.threads > 1 ? &pool : nullptr);
    if (!session) return outcome;
    node_.Fill(**session, way.constants);
    outcome.ran = (*session)->Run(nullptr, {.loop_turns = 100}).has_value();
    for (size_t i = 0; outcome.ran && i < (*plan)->outputs().size(); ++i) {
      outcome.outputs.push_back(CopyOf((*session)->output(static_cast<int>(i))));
    }
    return outcome;
  }

  static std::string Compare(const Outcome& a, const Outcome& b) {
    if (a.planned != b.planned) return "only one can be planned";
    if (a.ran != b.ran) return "only one runs";
    for (size_t i = 0; i < a.outputs.size(); ++i) {
      const Tensor& x = a.outputs[i];
      const Tensor& y = b.outputs[i];
      if (x.type() != y.type() || !(x.shape() == y.shape())) {
        return "output " + std::to_string(i) + " is " + x.shape().ToString() + " and " +
               y.shape().ToString();
      }
      const std::string wrong = CompareElements(x, y);
      if (!wrong.empty()) return "output " + std::to_string(i) + ": " + wrong;
    }
    return "";
  }

  static std::string CompareElements(const Tensor& x, const Tensor& y) {
    switch (x.type()) {
      case Type::kFloat32:
      case Type::kComplex64:
        return CompareFloats(x.as<float>(), y.as<float>());
      case Type::kFloat64:
        return CompareFloats(x.as<double>(), y.as<double>());
      case Type::kFloat16:
        return "";  // its last place is a thousandth: nothing to hold them to
      case Type::kInt8:
        return CompareSteps(x.as<int8_t>(), y.as<int8_t>());
      case Type::kUInt8:
        return CompareSteps(x.as<uint8_t>(), y.as<uint8_t>());
      case Type::kInt16:
        return CompareSteps(x.as<int16_t>(), y.as<int16_t>());
      case Type::kString:
        return x.strings() == y.strings() ? "" : "other text";
      default:
        return std::equal(x.bytes().begin(), x.bytes().end(), y.bytes().begin()) ? ""
                                                                                 : "other integers";
    }
  }

  // Quantised numbers are the same but where a float that is rounded lies between two.
  template <class T>
  static std::string CompareSteps(std::span<const T> x, std::span<const T> y) {
    for (size_t i = 0; i < x.size(); ++i) {
      if (std::abs(static_cast<int>(x[i]) - static_cast<int>(y[i])) > 1) {
        return Differ(i, static_cast<double>(x[i]), static_cast<double>(y[i]));
      }
    }
    return "";
  }

  template <class T>
  static std::string CompareFloats(std::span<const T> x, std::span<const T> y) {
    T largest = 1;
    for (const T value : x) {
      if (!std::isfinite(value)) return "";  // what comes of them is as the order of adding has it
      largest = std::max(largest, std::abs(value));
    }
    for (size_t i = 0; i < x.size(); ++i) {
      if (!(std::abs(x[i] - y[i]) <= largest * static_cast<T>(1e-4))) {
        return Differ(i, static_cast<double>(x[i]), static_cast<double>(y[i]));
      }
    }
    return "";
  }

  static std::string Differ(size_t at, double x, double y) {
    return "element " + std::to_string(at) + " is " + std::to_string(x) + " and " +
           std::to_string(y);
  }

  const ops::OpDef& op_;
  const OneNodeModel node_;
  std::optional<Outcome> plain_;
};

}  // namespace brink::engine

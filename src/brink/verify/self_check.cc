#include "brink/verify/self_check.h"

#include "brink/base/thread_pool.h"
#include "brink/engine/made_up.h"
#include "brink/kernels/cpu.h"
#include "brink/tensor/elements.h"

namespace brink::verify {
namespace {

struct Way {
  std::string_view target;
  int threads = 1;
};

// Plans anew: kernels are chosen and weights packed for the instruction set in use.
Result<std::vector<Tensor>> RunOnce(std::shared_ptr<const model::Model> model, Way way,
                                    std::vector<OutputReport>& outputs) {
  BRINK_ASSIGN(const auto plan, engine::Plan::Build(std::move(model), {.threads = way.threads}));
  ThreadPool pool(way.threads);
  BRINK_ASSIGN(const auto session,
               engine::Session::Create(plan, way.threads > 1 ? &pool : nullptr));
  std::mt19937 random(1);
  engine::SetInputs(engine::MakeUpInputs(*plan, random), *session);
  BRINK_TRY(session->Run());
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < plan->outputs().size(); ++i) {
    const ConstTensorView output = session->output(static_cast<int>(i));
    tensors.push_back(CopyOf(output));
    if (outputs.size() == i)
      outputs.push_back({plan->outputs()[i].name, output.type, output.shape, {}});
  }
  return tensors;
}

Status Compare(const std::string& path, int threads, std::vector<OutputReport>& outputs) {
  BRINK_ASSIGN(const auto model, model::ReadModel(path));
  const Rules rules = RulesOf(*model);
  const auto targets = kernels::CpuTargets();
  kernels::ForceCpuTarget(targets.back());
  BRINK_ASSIGN(const auto wanted, RunOnce(model, {targets.back(), 1}, outputs));
  std::vector<Way> ways;
  for (const std::string_view target : targets) {
    ways.push_back({target, 1});
    if (threads > 1) ways.push_back({target, threads});
  }
  for (const Way& way : ways) {
    kernels::ForceCpuTarget(way.target);
    BRINK_ASSIGN(const auto got, RunOnce(model, way, outputs));
    for (size_t i = 0; i < got.size(); ++i) {
      std::vector<Tensor> recordings;
      recordings.push_back(wanted[i].Clone());
      Rules rule = rules;
      rule.has_scale = rules.quantised;
      Verdict verdict = Judge(rule, ElementsOf(got[i]), recordings);
      if (!verdict.wrong.empty()) {
        verdict.wrong += " (" + std::string(way.target) + ", " + std::to_string(way.threads) +
                         " threads, against " + std::string(targets.back()) + ")";
      }
      const bool worse = outputs[i].verdict.wrong.empty() &&
                         (!verdict.wrong.empty() || verdict.rmse > outputs[i].verdict.rmse);
      if (worse) outputs[i].verdict = std::move(verdict);
    }
  }
  return {};
}

}  // namespace

Report CheckAgainstItself(const std::string& path, int threads) {
  Report report{.name = path, .outputs = {}, .error = {}};
  const Status status = Compare(path, threads, report.outputs);
  kernels::ForceCpuTarget("");
  if (!status) report.error = status.error();
  return report;
}

}  // namespace brink::verify

#include "brink/serving/model_predictor.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "brink/api/convert.h"
#include "brink/base/out_of_memory.h"
#include "brink/tensor/elements.h"

namespace brink::serving {
namespace {

using engine::TensorSpec;

std::string Names(std::span<const TensorSpec> specs) {
  std::string names;
  for (const TensorSpec& spec : specs) names += (names.empty() ? "" : ", ") + spec.name;
  return names;
}

std::optional<int> PlaceOf(std::span<const TensorSpec> specs, const std::string& name) {
  const auto found = std::find_if(specs.begin(), specs.end(),
                                  [&](const TensorSpec& spec) { return spec.name == name; });
  if (found == specs.end()) return std::nullopt;
  return static_cast<int>(found - specs.begin());
}

Result<int> FindTensor(std::span<const TensorSpec> specs, const std::string& name) {
  if (const std::optional<int> place = PlaceOf(specs, name)) return *place;
  return Fail(Code::kNotFound,
              "Tensor name not found: '" + name + "', the model has: " + Names(specs));
}

std::string InputOf(const TensorSpec& spec) { return "input '" + spec.name + "'"; }

Shape WithRows(Shape shape, int64_t rows) {
  if (rows != 1) shape[0] = rows;
  return shape;
}

// How many rows a tensor brings: 1 where its shape is the input's own.
Result<int64_t> RowsOf(const TensorSpec& spec, const Shape& got, int64_t max_rows) {
  if (got == spec.shape) return 1;
  if (max_rows > 1 && got.rank() == spec.shape.rank()) {
    const int64_t rows = got[0];
    if (rows >= 1 && rows <= max_rows && got == WithRows(spec.shape, rows)) return rows;
  }
  std::string wanted = spec.shape.ToString();
  if (max_rows > 1) wanted += ", or up to " + std::to_string(max_rows) + " of its rows";
  return Fail(Code::kInvalidArgument,
              InputOf(spec) + ": shape " + got.ToString() + ", model wants " + wanted);
}

// Whether a run for each row is the same as a run of all.
Status CheckHasRows(const TensorSpec& spec, const std::string& what) {
  if (spec.type == Type::kString) {
    return Fail(Code::kFailedPrecondition,
                "max_batch_size: " + what + " '" + spec.name + "' holds strings; want 1");
  }
  if (spec.is_dynamic) {
    return Fail(Code::kFailedPrecondition, "max_batch_size: " + what + " '" + spec.name +
                                               "' has a shape that only a run finds; want 1");
  }
  if (spec.shape.rank() >= 1 && spec.shape[0] == 1) return {};
  return Fail(Code::kFailedPrecondition, "max_batch_size: " + what + " '" + spec.name +
                                             "' has shape " + spec.shape.ToString() +
                                             ", which does not begin with 1; want 1");
}

Status WithinInput(Status status, const TensorSpec& spec) {
  if (!status) return Fail(status.error().Within(InputOf(spec)));
  return status;
}

// The place of the input that each tensor of a request is for, and the rows of each.
struct Match {
  std::vector<int> places;
  int64_t rows = 1;
};

// Why the rows that are left need not run.
Status StillWanted(const api::Context& context) {
  if (context.cancelled && context.cancelled->load(std::memory_order_relaxed)) {
    return Fail(Code::kCancelled, "the client left before its last row was computed");
  }
  if (context.deadline && *context.deadline <= std::chrono::steady_clock::now()) {
    return Fail(Code::kDeadlineExceeded, "the deadline passed before the last row was computed");
  }
  return {};
}

engine::RunLimits LimitsOf(const api::Context& context) {
  return {.cancelled = context.cancelled.get(), .deadline = context.deadline};
}

void CopyInto(std::span<std::byte> to, std::span<const std::byte> from) {
  if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
}

}  // namespace

// One allocation for what a job needs: a tensor cannot be copied into a std::function.
struct ModelPredictor::Work {
  std::shared_ptr<const Binding> binding;
  api::Payload payload;
  api::Context context;
  Callback done;
  Match match;
};

struct ModelPredictor::Binding {
  std::span<const TensorSpec> inputs;  // the plan's, which the pool keeps
  std::span<const TensorSpec> specs;
  std::optional<int> unnamed_input;
  std::vector<int> outputs;
  int64_t max_rows = 1;

  Status CheckRows(const SessionPool& pool) const;
  Result<Match> MatchAll(const api::Tensors& tensors) const;
  Result<int> MatchOne(const api::NamedTensor& item) const;
  Status Adopt(Work& work) const;
  Status Fill(engine::Session& session, const Work& work) const;
  Result<api::InferResponse> Run(engine::Session& session, Work& work) const;
  Result<api::InferResponse> RunRows(engine::Session& session, const Work& work) const;
  const TensorSpec& input(int place) const { return inputs[static_cast<size_t>(place)]; }
  const TensorSpec& output(int place) const { return specs[static_cast<size_t>(place)]; }
};

Status ModelPredictor::Binding::CheckRows(const SessionPool& pool) const {
  if (max_rows == 1) return {};
  if (pool.has_state()) {
    return Fail(Code::kFailedPrecondition,
                "max_batch_size: the model has variables, which its rows would share; want 1");
  }
  for (const TensorSpec& spec : inputs) BRINK_TRY(CheckHasRows(spec, "input"));
  for (const int place : outputs) BRINK_TRY(CheckHasRows(output(place), "output"));
  return {};
}

Result<int> ModelPredictor::Binding::MatchOne(const api::NamedTensor& item) const {
  if (item.name.empty() && unnamed_input) return *unnamed_input;
  if (const std::optional<int> place = PlaceOf(inputs, item.name)) return *place;
  const std::string what =
      item.name.empty() ? "a tensor without a name" : "no input '" + item.name + "'";
  return Fail(Code::kInvalidArgument, what + ": the model's inputs are " + Names(inputs));
}

// Everything about a request's tensors but their values.
Result<Match> ModelPredictor::Binding::MatchAll(const api::Tensors& tensors) const {
  if (tensors.items.size() != inputs.size()) {
    return Fail(Code::kInvalidArgument, "the request has " + std::to_string(tensors.items.size()) +
                                            " tensors, the model wants " +
                                            std::to_string(inputs.size()) + ": " + Names(inputs));
  }
  Match match;
  for (const api::NamedTensor& item : tensors.items) {
    BRINK_ASSIGN(const int place, MatchOne(item));
    if (std::find(match.places.begin(), match.places.end(), place) != match.places.end()) {
      return Fail(Code::kInvalidArgument, InputOf(input(place)) + " is given twice");
    }
    BRINK_ASSIGN(const int64_t rows, RowsOf(input(place), item.tensor.shape(), max_rows));
    if (!match.places.empty() && rows != match.rows) {
      return Fail(Code::kInvalidArgument, InputOf(input(place)) + " has " + std::to_string(rows) +
                                              " rows, the one before it " +
                                              std::to_string(match.rows));
    }
    match.rows = rows;
    match.places.push_back(place);
  }
  return match;
}

// A payload that is no tensor yet becomes one, of the type that its input has.
Status ModelPredictor::Binding::Adopt(Work& work) const {
  if (std::holds_alternative<api::Tensors>(work.payload)) return {};
  const int place = *unnamed_input;
  BRINK_ASSIGN(Tensor tensor, api::ToTensor(std::move(work.payload), input(place).type));
  BRINK_ASSIGN(work.match.rows, RowsOf(input(place), tensor.shape(), max_rows));
  work.match.places = {place};
  api::Tensors tensors;
  tensors.items.push_back({input(place).name, std::move(tensor)});
  work.payload = std::move(tensors);
  return {};
}

Status ModelPredictor::Binding::Fill(engine::Session& session, const Work& work) const {
  const auto& items = std::get<api::Tensors>(work.payload).items;
  for (size_t i = 0; i < items.size(); ++i) {
    const int place = work.match.places[i];
    BRINK_TRY(WithinInput(api::ConvertInto(items[i].tensor, session.input(place)), input(place)));
  }
  return {};
}

Result<api::InferResponse> ModelPredictor::Binding::Run(engine::Session& session,
                                                        Work& work) const {
  BRINK_TRY(Adopt(work));
  if (work.match.rows != 1) return RunRows(session, work);
  BRINK_TRY(Fill(session, work));
  BRINK_TRY(session.Run(nullptr, LimitsOf(work.context)));
  api::Tensors answer;
  for (const int place : outputs) {
    answer.items.push_back({output(place).name, CopyOf(session.output(place))});
  }
  return api::InferResponse{.message = {.payload = std::move(answer)}};
}

Result<api::InferResponse> ModelPredictor::Binding::RunRows(engine::Session& session,
                                                            const Work& work) const {
  const auto& items = std::get<api::Tensors>(work.payload).items;
  std::vector<Tensor> rows_of_inputs;
  for (size_t i = 0; i < items.size(); ++i) {
    const TensorSpec& spec = input(work.match.places[i]);
    auto converted = api::Convert(items[i].tensor, spec.type);
    if (!converted) return Fail(converted.error().Within(InputOf(spec)));
    rows_of_inputs.push_back(std::move(*converted));
  }
  api::Tensors answer;
  for (const int place : outputs) {
    const TensorSpec& spec = output(place);
    answer.items.push_back({spec.name, Tensor(spec.type, WithRows(spec.shape, work.match.rows))});
  }
  for (size_t row = 0; row < static_cast<size_t>(work.match.rows); ++row) {
    BRINK_TRY(StillWanted(work.context));
    for (size_t i = 0; i < items.size(); ++i) {
      const std::span<std::byte> to = session.input(work.match.places[i]).bytes;
      CopyInto(to, rows_of_inputs[i].bytes().subspan(row * to.size(), to.size()));
    }
    BRINK_TRY(session.Run(nullptr, LimitsOf(work.context)));
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::span<const std::byte> from = session.output(outputs[i]).bytes;
      CopyInto(answer.items[i].tensor.bytes().subspan(row * from.size(), from.size()), from);
    }
  }
  return api::InferResponse{.message = {.payload = std::move(answer)}};
}

Result<std::unique_ptr<ModelPredictor>> ModelPredictor::Create(std::shared_ptr<SessionPool> pool,
                                                               ModelPredictorOptions options) {
  const engine::Plan& plan = pool->plan();
  auto binding = std::make_shared<Binding>();
  binding->inputs = plan.inputs();
  binding->specs = plan.outputs();
  if (binding->inputs.size() == 1) binding->unnamed_input = 0;
  if (!options.input_tensor_name.empty()) {
    BRINK_ASSIGN(binding->unnamed_input, FindTensor(plan.inputs(), options.input_tensor_name));
  }
  if (options.output_tensor_name.empty()) {
    for (size_t i = 0; i < plan.outputs().size(); ++i)
      binding->outputs.push_back(static_cast<int>(i));
  } else {
    BRINK_ASSIGN(binding->outputs.emplace_back(),
                 FindTensor(plan.outputs(), options.output_tensor_name));
  }
  binding->max_rows = options.max_rows;
  BRINK_TRY(binding->CheckRows(*pool));
  return std::unique_ptr<ModelPredictor>(
      new ModelPredictor(std::move(pool), std::move(binding), std::move(options)));
}

ModelPredictor::ModelPredictor(std::shared_ptr<SessionPool> pool,
                               std::shared_ptr<const Binding> binding,
                               ModelPredictorOptions options)
    : pool_(std::move(pool)),
      binding_(std::move(binding)),
      options_(std::move(options)),
      other_methods_(std::make_unique<api::Component>()) {}

void ModelPredictor::Predict(api::InferRequest request, api::Context context, Callback done) {
  if (request.method != api::Method::kPredict) {
    return other_methods_.Predict(std::move(request), std::move(context), std::move(done));
  }
  auto work = std::make_shared<Work>(
      Work{binding_, std::move(request.message.payload), context, std::move(done), {}});
  if (const auto* tensors = std::get_if<api::Tensors>(&work->payload)) {
    Result<Match> match = binding_->MatchAll(*tensors);
    if (!match) return work->done(Fail(std::move(match).error()));
    work->match = *std::move(match);
  } else if (!binding_->unnamed_input || binding_->inputs.size() != 1) {
    return work->done(
        Fail(Code::kInvalidArgument, "the model wants " + std::to_string(binding_->inputs.size()) +
                                         " named tensors: " + Names(binding_->inputs)));
  }
  SessionPool::Job job = [work](Result<engine::Session*> session) {
    if (!session) return work->done(Fail(std::move(session).error()));
    work->done(UnlessOutOfMemory([&] { return work->binding->Run(**session, *work); }));
  };
  const bool one_run = work->match.rows == 1 && !work->match.places.empty();
  const Status accepted = one_run ? pool_->SubmitQuick(std::move(job), context)
                                  : pool_->Submit(std::move(job), context);
  if (!accepted) work->done(Fail(accepted.error()));
}

api::ModelDescription ModelPredictor::Describe() const {
  api::ModelDescription description{
      .name = options_.name, .versions = options_.versions, .platform = "tflite"};
  const auto describe = [](const TensorSpec& spec) {
    return api::TensorDescription{.name = spec.name, .type = spec.type, .shape = spec.shape};
  };
  for (const TensorSpec& spec : binding_->inputs) description.inputs.push_back(describe(spec));
  for (const int output : binding_->outputs) {
    description.outputs.push_back(describe(binding_->specs[static_cast<size_t>(output)]));
  }
  return description;
}

}  // namespace brink::serving

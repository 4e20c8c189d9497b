#include "brink/serving/model_predictor.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "brink/api/convert.h"

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

Status CheckShape(const TensorSpec& spec, const Shape& got) {
  if (got == spec.shape) return {};
  return Fail(Code::kInvalidArgument, InputOf(spec) + ": shape " + got.ToString() +
                                          ", model wants " + spec.shape.ToString());
}

Status WithinInput(Status status, const TensorSpec& spec) {
  if (!status) return Fail(status.error().Within(InputOf(spec)));
  return status;
}

Tensor CopyOf(const ConstTensorView& view) {
  Tensor tensor(view.type, view.shape);
  if (!view.bytes.empty()) std::memcpy(tensor.bytes().data(), view.bytes.data(), view.bytes.size());
  return tensor;
}

// The place of the input that each tensor of a request is for.
using Places = std::vector<int>;

}  // namespace

struct ModelPredictor::Binding {
  std::span<const TensorSpec> inputs;  // the plan's, which the pool keeps
  std::span<const TensorSpec> specs;
  std::optional<int> unnamed_input;
  std::vector<int> outputs;

  Result<Places> Match(const api::Tensors& tensors) const;
  Result<int> MatchOne(const api::NamedTensor& item) const;
  Status Fill(engine::Session& session, const api::Payload& payload, const Places& places) const;
  Result<api::InferResponse> Run(engine::Session& session, const api::Payload& payload,
                                 const Places& places) const;
};

Result<int> ModelPredictor::Binding::MatchOne(const api::NamedTensor& item) const {
  if (item.name.empty() && unnamed_input) return *unnamed_input;
  if (const std::optional<int> place = PlaceOf(inputs, item.name)) return *place;
  const std::string what =
      item.name.empty() ? "a tensor without a name" : "no input '" + item.name + "'";
  return Fail(Code::kInvalidArgument, what + ": the model's inputs are " + Names(inputs));
}

// Everything about a request's tensors but their values.
Result<Places> ModelPredictor::Binding::Match(const api::Tensors& tensors) const {
  if (tensors.items.size() != inputs.size()) {
    return Fail(Code::kInvalidArgument, "the request has " + std::to_string(tensors.items.size()) +
                                            " tensors, the model wants " +
                                            std::to_string(inputs.size()) + ": " + Names(inputs));
  }
  Places places;
  for (const api::NamedTensor& item : tensors.items) {
    BRINK_ASSIGN(const int place, MatchOne(item));
    const TensorSpec& spec = inputs[static_cast<size_t>(place)];
    if (std::find(places.begin(), places.end(), place) != places.end()) {
      return Fail(Code::kInvalidArgument, InputOf(spec) + " is given twice");
    }
    BRINK_TRY(CheckShape(spec, item.tensor.shape()));
    places.push_back(place);
  }
  return places;
}

Status ModelPredictor::Binding::Fill(engine::Session& session, const api::Payload& payload,
                                     const Places& places) const {
  if (const auto* tensors = std::get_if<api::Tensors>(&payload)) {
    for (size_t i = 0; i < places.size(); ++i) {
      const TensorSpec& spec = inputs[static_cast<size_t>(places[i])];
      BRINK_TRY(
          WithinInput(api::ConvertInto(tensors->items[i].tensor, session.input(places[i])), spec));
    }
    return {};
  }
  const TensorSpec& spec = inputs[static_cast<size_t>(*unnamed_input)];
  BRINK_ASSIGN(const Tensor tensor, api::ToTensor(payload, spec.type));
  BRINK_TRY(CheckShape(spec, tensor.shape()));
  return api::ConvertInto(tensor, session.input(*unnamed_input));
}

Result<api::InferResponse> ModelPredictor::Binding::Run(engine::Session& session,
                                                        const api::Payload& payload,
                                                        const Places& places) const {
  BRINK_TRY(Fill(session, payload, places));
  BRINK_TRY(session.Run());
  api::Tensors answer;
  for (const int output : outputs) {
    answer.items.push_back(
        {specs[static_cast<size_t>(output)].name, CopyOf(session.output(output))});
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
  // One allocation for what the job needs: a tensor cannot be copied into a std::function.
  struct Work {
    std::shared_ptr<const Binding> binding;
    api::Payload payload;
    Places places;
    Callback done;
  };
  auto work = std::make_shared<Work>(
      Work{binding_, std::move(request.message.payload), {}, std::move(done)});
  if (const auto* tensors = std::get_if<api::Tensors>(&work->payload)) {
    Result<Places> places = binding_->Match(*tensors);
    if (!places) return work->done(Fail(std::move(places).error()));
    work->places = *std::move(places);
  } else if (!binding_->unnamed_input || binding_->inputs.size() != 1) {
    return work->done(
        Fail(Code::kInvalidArgument, "the model wants " + std::to_string(binding_->inputs.size()) +
                                         " named tensors: " + Names(binding_->inputs)));
  }
  const Status accepted = pool_->Submit(
      [work](Result<engine::Session*> session) {
        if (!session) return work->done(Fail(std::move(session).error()));
        work->done(work->binding->Run(**session, work->payload, work->places));
      },
      context);
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

#include "brink/camera/card_binding.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "brink/api/convert.h"
#include "brink/protocols/open_inference/datatype.h"
#include "brink/vision/read_outputs.h"
#include "brink/vision/tensor_place.h"

namespace brink::camera {
namespace {

using protocols::open_inference::DatatypeName;
using protocols::open_inference::ModelTensors;
using Descriptions = std::vector<api::TensorDescription>;

constexpr int64_t kLargestInputBytes = int64_t{64} << 20;
// Of the values that a card makes of a pixel's 256: fewer are a mistake.
constexpr float kFewestValues = 8;

std::vector<std::string> NamesOf(const Descriptions& tensors) {
  std::vector<std::string> names;
  for (const auto& tensor : tensors) names.push_back(tensor.name);
  return names;
}

unexpected<Error> Unfit(const std::string& what, const api::TensorDescription& tensor,
                        const std::string& why) {
  return Fail(Code::kFailedPrecondition, what + " '" + tensor.name + "': " + why);
}

Shape OfOnePicture(Shape shape, const vision::InputCard& card) {
  if (shape.rank() > 0 && shape[0] == -1) shape[0] = 1;
  if (shape.rank() != 4) return shape;
  if (shape[1] == -1 && card.height > 0) shape[1] = card.height;
  if (shape[2] == -1 && card.width > 0) shape[2] = card.width;
  return shape;
}

Status CheckIntegerInput(const vision::InputCard& card, const api::TensorDescription& input) {
  if (input.type == Type::kFloat32) return {};
  for (const float scale : card.scale) {
    if (std::abs(scale) * 255 >= kFewestValues) continue;
    return Unfit("input", input,
                 "datatype " + std::string(DatatypeName(input.type)) +
                     ", whose quantisation the protocol does not tell: the card's mean and scale "
                     "must give the stored values (scale 1 for most)");
  }
  return {};
}

Status BindInput(const vision::Card& card, const Descriptions& inputs, CardBinding& binding) {
  const std::vector<std::string> names = NamesOf(inputs);
  BRINK_ASSIGN(const size_t place, vision::PlaceOf(names, card.input.tensor, "input.tensor"));
  BRINK_TRY(vision::CheckOnlyInput(names));
  binding.input = inputs[place];
  Shape& shape = binding.input.shape;
  shape = OfOnePicture(shape, card.input);
  BRINK_ASSIGN(binding.size, vision::CheckInput(card.input, binding.input.type, shape, {}));
  if (PackedBytes(binding.input.type, shape.elements()) > kLargestInputBytes) {
    return Unfit("input", binding.input,
                 "its shape " + shape.ToString() + " takes more than 64 MiB");
  }
  return CheckIntegerInput(card.input, binding.input);
}

// Plain numbers: real ones, or integers too wide to be quantised activations.
bool IsPlain(Type type) {
  switch (type) {
    case Type::kFloat16:
    case Type::kBFloat16:
    case Type::kFloat64:
    case Type::kInt32:
    case Type::kInt64:
    case Type::kUInt32:
    case Type::kUInt64:
      return true;
    default:
      return false;
  }
}

Status CheckOutputType(const api::TensorDescription& output) {
  if (output.type == Type::kFloat32 || IsPlain(output.type)) return {};
  return Unfit("output", output,
               "datatype " + std::string(DatatypeName(output.type)) +
                   ", expected FP32 or other plain numbers (the protocol tells no quantisation)");
}

Status BindOutputs(const vision::Card& card, const Descriptions& outputs, CardBinding& binding) {
  const std::vector<std::string> names = NamesOf(outputs);
  std::vector<Shape> shapes;
  for (const vision::WantedOutput& wanted : vision::WantedOutputs(card.decoder)) {
    BRINK_ASSIGN(const size_t place, vision::PlaceOf(names, wanted.tensor, wanted.what));
    BRINK_TRY(CheckOutputType(outputs[place]));
    binding.outputs.push_back(outputs[place]);
    shapes.push_back(outputs[place].shape);
    if (shapes.back().rank() > 0 && shapes.back()[0] == -1) shapes.back()[0] = 1;
  }
  binding.output_names = NamesOf(binding.outputs);
  std::sort(binding.output_names.begin(), binding.output_names.end());
  binding.output_names.erase(std::unique(binding.output_names.begin(), binding.output_names.end()),
                             binding.output_names.end());
  // Shapes that stay open are known with the answer.
  const bool known =
      std::all_of(shapes.begin(), shapes.end(), [](const Shape& one) { return one.known(); });
  return known ? vision::CheckOutputs(card, shapes) : Status();
}

}  // namespace

Result<CardBinding> BindCard(const vision::Card& card, const ModelTensors& tensors) {
  CardBinding binding;
  Status bound = BindInput(card, tensors.inputs, binding);
  if (bound) bound = BindOutputs(card, tensors.outputs, binding);
  if (!bound) return Fail(bound.error().Within("card '" + card.name + "'"));
  return binding;
}

Result<Tensor> FillTensor(const CardBinding& binding, const vision::Card& card,
                          const vision::PixelsView& picture) {
  Tensor input(binding.input.type, binding.input.shape);
  BRINK_TRY(vision::FillInput(picture, card.input, {}, input.view()));
  return input;
}

Result<vision::Found> ReadTensors(const CardBinding& binding, const vision::Card& card,
                                  const vision::PixelsView& picture, std::span<Tensor> outputs) {
  std::vector<vision::TensorFloats> floats;
  for (Tensor& output : outputs) {
    if (IsPlain(output.type())) {
      BRINK_ASSIGN(output, api::Convert(output, Type::kFloat32));
    }
    BRINK_ASSIGN(floats.emplace_back(), vision::ReadFloats(output.view(), {}));
  }
  return vision::ReadOutputs(card, binding.size, picture.width, picture.height, floats);
}

}  // namespace brink::camera

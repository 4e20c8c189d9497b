#include "brink/ops/node_view.h"

#include <algorithm>

#include "brink/ops/op.h"

namespace brink::ops {
std::string NodeView::Where() const {
  std::string where = "operator " + std::to_string(index_) + " (" + std::string(op_->name);
  if (!outputs.empty() && outputs[0] != nullptr)
    where += " '" + std::string(outputs[0]->name) + "'";
  return where + ")";
}

tl::unexpected<Error> NodeView::Fail(Code code, std::string_view what) const {
  return brink::Fail(code, Where() + ": " + std::string(what));
}

std::string NodeView::Describe(const Value& value) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == &value) return "input " + std::to_string(i);
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] == &value) return "output " + std::to_string(i);
  }
  return "'" + std::string(value.name) + "'";
}

namespace {
bool IsAmong(std::initializer_list<Type> types, Type type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}
}  // namespace

Status NodeView::CheckCounts(int min_inputs, int max_inputs, int output_count) const {
  const int given = static_cast<int>(inputs.size());
  if (given < min_inputs || given > max_inputs) {
    std::string wanted = std::to_string(min_inputs);
    if (max_inputs != min_inputs) wanted += " to " + std::to_string(max_inputs);
    return Invalid(std::to_string(given) + " inputs, " + std::string(op_->name) + " takes " +
                   wanted);
  }
  for (int i = 0; i < min_inputs; ++i) {
    if (!has_input(i))
      return Invalid("input " + std::to_string(i) + " is left out, which " +
                     std::string(op_->name) + " needs");
  }
  if (static_cast<int>(outputs.size()) != output_count) {
    return Invalid(std::to_string(outputs.size()) + " outputs, " + std::string(op_->name) +
                   " has " + std::to_string(output_count));
  }
  return {};
}

Status NodeView::CheckType(const Value& value, std::string_view what,
                           std::initializer_list<Type> supported) const {
  if (IsAmong(supported, value.type)) return {};
  std::string list;
  for (const Type type : supported)
    list += (list.empty() ? "" : ", ") + std::string(TypeName(type));
  return Unsupported(std::string(what) + ": type " + std::string(TypeName(value.type)) + ", " +
                     std::string(op_->name) + " supports " + list +
                     (supported.size() == 1 ? " here" : ""));
}

Status NodeView::CheckInputType(int i, std::initializer_list<Type> supported) const {
  if (IsAmong(supported, input(i).type)) return {};  // before a name is made
  return CheckType(input(i), "input " + std::to_string(i), supported);
}

Status NodeView::CheckOutputType(int i, std::initializer_list<Type> supported) const {
  if (IsAmong(supported, output(i).type)) return {};
  return CheckType(output(i), "output " + std::to_string(i), supported);
}

Status NodeView::CheckRank(int i, int min_rank, int max_rank) const {
  const int rank = input(i).shape.rank();
  if (rank >= min_rank && rank <= max_rank) return {};
  std::string wanted = std::to_string(min_rank);
  if (max_rank != min_rank) wanted += " to " + std::to_string(max_rank);
  return Invalid("input " + std::to_string(i) + ": shape " + input(i).shape.ToString() +
                 ", wanted " + wanted + " dimensions");
}

Status NodeView::CheckConstant(int i) const {
  if (input(i).is_constant) return {};
  if (i < 64) wanted_constants_ |= uint64_t{1} << i;
  return Unsupported("input " + std::to_string(i) + " ('" + std::string(input(i).name) +
                     "'): its value is known only at run time, a constant is supported");
}

Status NodeView::CheckQuantized(const Value& value) const {
  const QuantizationView& q = value.quantization;
  if (q.scale.size() != 1 || q.zero_point.size() != 1) {
    return Invalid(Describe(value) + ": " + std::string(TypeName(value.type)) + " with " +
                   (q.empty() ? "no" : std::to_string(q.scale.size())) + " scales, wanted one");
  }
  if (q.scale[0] <= 0) return Invalid(Describe(value) + ": scale 0, wanted a positive one");
  return {};
}

Result<std::vector<int64_t>> NodeView::Integers(int i) const {
  BRINK_TRY(CheckInputType(i, {Type::kInt32, Type::kInt64}));
  BRINK_TRY(CheckConstant(i));
  if (input(i).type == Type::kInt64) {
    const auto values = input(i).as<int64_t>();
    return std::vector<int64_t>(values.begin(), values.end());
  }
  const auto values = input(i).as<int32_t>();
  return std::vector<int64_t>(values.begin(), values.end());
}

Result<int> NodeView::Axis(int64_t axis, int rank) const {
  if (axis < -rank || axis >= rank) {
    return Invalid("axis " + std::to_string(axis) + " of a tensor with " + std::to_string(rank) +
                   " dimensions");
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Result<kernels::Activation> NodeView::FusedActivation() const {
  if (following != kernels::Activation::kNone) return following;
  if (op_->activation_field < 0) return kernels::Activation::kNone;
  const int8_t number = options.Int8(op_->activation_field);
  if (number < 0 || number > static_cast<int8_t>(kernels::Activation::kRelu6)) {
    return Unsupported("fused activation " + std::to_string(number) +
                       ", NONE, RELU, RELU_N1_TO_1 and RELU6 are supported");
  }
  return static_cast<kernels::Activation>(number);
}

}  // namespace brink::ops

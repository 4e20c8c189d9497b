#include "brink/ops/recurrent.h"

namespace brink::ops {
namespace {

constexpr int64_t kWidest = int64_t{1} << 24;  // of any vector: kernels count in int

Status CheckSize(const NodeView& node, int input, bool fits, std::string_view wanted) {
  if (fits) return {};
  return node.Invalid("input " + std::to_string(input) + ": shape " +
                      node.input(input).shape.ToString() + ", wanted " + std::string(wanted));
}

}  // namespace

Shape Sequence::WithWidth(int64_t other, int rank) const {
  if (rank == 2) return {batch, other};
  return time_major ? Shape{steps, batch, other} : Shape{batch, steps, other};
}

Result<Sequence> SequenceOf(const NodeView& node, int input, bool time_major) {
  BRINK_TRY(node.CheckRank(input, 2, 3));
  const Shape& shape = node.input(input).shape;
  Sequence sequence{.time_major = time_major};
  if (shape.rank() == 2) {
    sequence.batch = shape[0];
    sequence.width = shape[1];
  } else {
    sequence.steps = shape[time_major ? 0 : 1];
    sequence.batch = shape[time_major ? 1 : 0];
    sequence.width = shape[2];
  }
  BRINK_TRY(CheckSize(node, input, sequence.width > 0 && sequence.width <= kWidest,
                      "vectors of 1 to 2^24 elements"));
  return sequence;
}

kernels::Matrix MatrixInput::At(const Buffers& buffers) const {
  kernels::Matrix matrix{.scale = scale, .rows = rows, .columns = columns};
  if (input < 0) return matrix;
  const auto index = static_cast<size_t>(input);
  if (is_bytes) {
    matrix.bytes = buffers.in<int8_t>(index);
  } else {
    matrix.floats = buffers.in<float>(index);
  }
  return matrix;
}

Result<MatrixInput> MatrixOf(const NodeView& node, int input, int64_t rows, int64_t columns) {
  MatrixInput matrix;
  if (!node.has_input(input)) return matrix;
  BRINK_TRY(node.CheckInputType(input, {Type::kFloat32, Type::kInt8}));
  const Value& value = node.input(input);
  const Shape& shape = value.shape;
  const bool fits = shape.rank() == 2 && (rows < 0 || shape[0] == rows) && shape[1] == columns &&
                    shape[0] > 0 && shape[0] <= kWidest;
  std::string wanted("[");
  wanted += rows < 0 ? "units" : std::to_string(rows);
  wanted += ", " + std::to_string(columns) + "]";
  BRINK_TRY(CheckSize(node, input, fits, wanted));
  matrix.input = input;
  matrix.rows = static_cast<int>(shape[0]);
  matrix.columns = static_cast<int>(shape[1]);
  if (value.type == Type::kInt8) {
    BRINK_TRY(node.CheckQuantized(value));
    matrix.is_bytes = true;
    matrix.scale = value.quantization.scale[0];
  }
  return matrix;
}

const float* VectorInput::At(const Buffers& buffers) const {
  if (floats) return floats->data();
  return input < 0 ? nullptr : buffers.in<float>(static_cast<size_t>(input));
}

Result<VectorInput> VectorOf(const NodeView& node, int input, int64_t count) {
  VectorInput vector;
  if (!node.has_input(input)) return vector;
  BRINK_TRY(node.CheckInputType(input, {Type::kFloat32, Type::kInt8}));
  const Value& value = node.input(input);
  BRINK_TRY(
      CheckSize(node, input, value.shape.elements() == count, std::to_string(count) + " elements"));
  vector.input = input;
  if (value.type == Type::kInt8) {
    BRINK_TRY(node.CheckConstant(input));
    BRINK_TRY(node.CheckQuantized(value));
    std::vector<float> floats;
    for (const int8_t stored : value.as<int8_t>()) {
      floats.push_back(value.quantization.scale[0] *
                       static_cast<float>(stored - value.quantization.zero_point[0]));
    }
    vector.floats = std::make_shared<const std::vector<float>>(std::move(floats));
  }
  return vector;
}

Status CheckState(const NodeView& node, int input, Type type, int64_t elements) {
  if (!node.has_input(input))
    return node.Invalid("input " + std::to_string(input) + ", a state, is left out");
  BRINK_TRY(node.CheckInputType(input, {type}));
  if (!node.input(input).is_variable)
    return node.Invalid("input " + std::to_string(input) + " is no variable tensor");
  return CheckSize(node, input, node.input(input).shape.elements() == elements,
                   std::to_string(elements) + " elements");
}

Result<kernels::Activation> ActivationOf(const NodeView& node, int field) {
  const int8_t number = node.options.Int8(field);
  if (number < 0 || number > static_cast<int8_t>(kernels::Activation::kTanh)) {
    return node.Unsupported("activation " + std::to_string(number) +
                            ", NONE, RELU, RELU_N1_TO_1, RELU6 and TANH are supported");
  }
  return static_cast<kernels::Activation>(number);
}

}  // namespace brink::ops

#include "brink/model/read_tensor.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "brink/model/check_constant.h"
#include "brink/model/wire_file.h"

namespace brink::model {
namespace {

constexpr uint8_t kBlockwiseDetails = 2;  // QuantizationDetails
constexpr int8_t kSparseFormat = 1;       // DimensionType SPARSE_CSR

Result<Type> ReadType(int8_t number) {
  if (number < 0 || number >= kTypeCount) {
    return Fail(Code::kUnimplemented, "type " + std::to_string(number) +
                                          " is not known, the last known is " +
                                          std::to_string(kTypeCount - 1));
  }
  return static_cast<Type>(number);
}

Status ReadShapes(WireFile& file, const wire::Tensor& wire, TensorInfo& tensor) {
  BRINK_ASSIGN(const std::span<const int32_t> dims, file.View(wire.shape()));
  BRINK_ASSIGN(tensor.shape, Shape::Make(dims));
  if (!tensor.shape.known()) {
    return Fail(Code::kInvalidArgument, "shape " + tensor.shape.ToString() +
                                            " has an unknown size, only shape_signature may");
  }
  if (wire.shape_signature() == nullptr || wire.shape_signature()->size() == 0) return {};
  BRINK_ASSIGN(const std::span<const int32_t> free_dims, file.View(wire.shape_signature()));
  BRINK_ASSIGN(const Shape signature, Shape::Make(free_dims));
  const auto fits = [](int64_t free, int64_t dim) { return free == -1 || free == dim; };
  if (!std::ranges::equal(signature.dims(), tensor.shape.dims(), fits)) {
    return Fail(Code::kInvalidArgument, "shape_signature " + signature.ToString() +
                                            " contradicts shape " + tensor.shape.ToString());
  }
  for (int axis = 0; axis < signature.rank(); ++axis) {
    if (signature[axis] == -1) tensor.free_dims |= static_cast<uint8_t>(1U << axis);
  }
  return {};
}

struct Range {
  int64_t lowest;
  int64_t highest;
};

Range StoredRange(Type type) {
  switch (type) {
    case Type::kInt4:
      return {-8, 7};
    case Type::kInt8:
      return {-128, 127};
    case Type::kUInt8:
      return {0, 255};
    case Type::kInt16:
      return {-32768, 32767};
    case Type::kUInt16:
      return {0, 65535};
    default:
      return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
  }
}

// Whether all are numbers within the bounds.
template <class T>
bool AreWithin(std::span<const T> values, T least, T most) {
  return std::ranges::all_of(values, [&](T value) { return value >= least && value <= most; });
}

Status CheckScales(const QuantizationView& quantization, Type type, bool is_constant) {
  const Range range = StoredRange(type);
  using Floats = std::numeric_limits<float>;
  if (AreWithin(quantization.scale, is_constant ? 0 : Floats::denorm_min(), Floats::max()) &&
      AreWithin(quantization.zero_point, range.lowest, range.highest)) {
    return {};
  }
  for (size_t i = 0; i < quantization.scale.size(); ++i) {
    const float scale = quantization.scale[i];
    // A constant may have slices of nothing but zeros, and so a scale of zero.
    if (!std::isfinite(scale) || scale < 0 || (scale == 0 && !is_constant)) {
      return Fail(Code::kInvalidArgument, "quantisation: scale " + std::to_string(i) + " is " +
                                              std::to_string(scale) +
                                              ", expected a positive number");
    }
    const int64_t zero_point = quantization.zero_point[i];
    if (zero_point < range.lowest || zero_point > range.highest) {
      return Fail(Code::kInvalidArgument, "quantisation: zero point " + std::to_string(i) + " is " +
                                              std::to_string(zero_point) + ", outside of " +
                                              std::string(TypeName(type)));
    }
  }
  return {};
}

Status CheckAxis(QuantizationView& quantization, const Shape& shape) {
  const auto scales = static_cast<int64_t>(quantization.scale.size());
  if (scales <= 1) {
    quantization.axis = 0;
    return {};
  }
  // Old converters give biases the axis of their filter, but a vector has only one.
  if (shape.rank() == 1) quantization.axis = 0;
  if (quantization.axis < 0 || quantization.axis >= shape.rank()) {
    return Fail(Code::kOutOfRange, "quantisation: axis " + std::to_string(quantization.axis) +
                                       ", the shape is " + shape.ToString());
  }
  if (shape[quantization.axis] != scales) {
    return Fail(Code::kInvalidArgument,
                "quantisation: " + std::to_string(scales) + " scales along axis " +
                    std::to_string(quantization.axis) + " of shape " + shape.ToString());
  }
  return {};
}

Status ReadBlockwise(WireFile& file, const wire::QuantizationParameters& wire, TensorInfo& tensor) {
  const auto* details = file.As<wire::BlockwiseQuantization>(wire.details());
  if (details == nullptr) {
    return Fail(Code::kDataLoss, "quantisation: blockwise details are missing or corrupt");
  }
  Blockwise blockwise{details->scales(), details->zero_points(), details->block_size(), {}};
  BRINK_ASSIGN(blockwise.block_shape, file.Copy(details->block_shape()));
  tensor.blockwise = std::make_shared<const Blockwise>(std::move(blockwise));
  return {};
}

Status ReadQuantization(WireFile& file, const wire::Tensor& wire, TensorInfo& tensor) {
  const wire::QuantizationParameters* parameters = wire.quantization();
  if (parameters == nullptr) return {};
  if (parameters->details_type() == kBlockwiseDetails) {
    BRINK_TRY(ReadBlockwise(file, *parameters, tensor));
  }
  QuantizationView& quantization = tensor.quantization;
  BRINK_ASSIGN(quantization.scale, file.View(parameters->scale()));
  if (quantization.scale.empty()) return {};
  BRINK_ASSIGN(quantization.zero_point, file.View(parameters->zero_point()));
  quantization.axis = parameters->quantized_dimension();
  const size_t scales = quantization.scale.size();
  const size_t zero_points = quantization.zero_point.size();
  if (zero_points > 1 && zero_points != scales) {
    return Fail(Code::kInvalidArgument, "quantisation: " + std::to_string(scales) + " scales, " +
                                            std::to_string(zero_points) + " zero points");
  }
  if (zero_points != scales) {
    const std::span<int64_t> made = file.Make<int64_t>(scales);
    std::ranges::fill(made, zero_points == 0 ? 0 : quantization.zero_point[0]);
    quantization.zero_point = made;
  }
  BRINK_TRY(CheckAxis(quantization, tensor.shape));
  return CheckScales(quantization, tensor.type, tensor.is_constant);
}

// A SparseIndexVector: Int32Vector, Uint16Vector or Uint8Vector by the union's type byte.
Result<std::vector<int32_t>> ReadIndices(WireFile& file, uint8_t kind, const wire::Opaque* table) {
  const auto widened = [&](const auto* typed) -> Result<std::vector<int32_t>> {
    if (typed == nullptr) return Fail(Code::kDataLoss, "sparsity: corrupt segments or indices");
    BRINK_ASSIGN(const auto narrow, file.Copy(typed->values()));
    return std::vector<int32_t>(narrow.begin(), narrow.end());
  };
  switch (kind) {
    case 0:
      return std::vector<int32_t>();
    case 1:
      return widened(file.As<wire::Int32Vector>(table));
    case 2:
      return widened(file.As<wire::UInt16Vector>(table));
    case 3:
      return widened(file.As<wire::UInt8Vector>(table));
    default:
      return Fail(Code::kUnimplemented,
                  "sparsity: index vector of unknown kind " + std::to_string(kind));
  }
}

Status ReadSparsity(WireFile& file, const wire::SparsityParameters& wire, TensorInfo& tensor) {
  Sparsity sparsity;
  BRINK_ASSIGN(sparsity.traversal_order, file.Copy(wire.traversal_order()));
  BRINK_ASSIGN(sparsity.block_map, file.Copy(wire.block_map()));
  const uint32_t count = wire.dim_metadata() == nullptr ? 0 : wire.dim_metadata()->size();
  BRINK_TRY(file.Charge(count * sizeof(Sparsity::Dimension)));
  for (uint32_t i = 0; i < count; ++i) {
    const wire::DimensionMetadata& metadata = *wire.dim_metadata()->Get(i);
    Sparsity::Dimension dimension;
    dimension.sparse = metadata.format() == kSparseFormat;
    dimension.dense_size = metadata.dense_size();
    if (dimension.sparse) {
      BRINK_ASSIGN(dimension.segments,
                   ReadIndices(file, metadata.array_segments_type(), metadata.array_segments()));
      BRINK_ASSIGN(dimension.indices,
                   ReadIndices(file, metadata.array_indices_type(), metadata.array_indices()));
    }
    sparsity.dimensions.push_back(std::move(dimension));
  }
  tensor.sparsity = std::make_shared<Sparsity>(std::move(sparsity));
  return {};
}

}  // namespace

Shape TensorInfo::shape_signature() const {
  Shape signature = shape;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if ((free_dims >> axis & 1) != 0) signature[axis] = -1;
  }
  return signature;
}

Result<TensorInfo> ReadTensor(WireFile& file, const wire::Tensor& wire) {
  TensorInfo tensor;
  BRINK_TRY(file.Charge(sizeof(TensorInfo)));
  BRINK_ASSIGN(tensor.name, file.TextView(wire.name()));
  BRINK_ASSIGN(tensor.type, ReadType(wire.type()));
  BRINK_TRY(ReadShapes(file, wire, tensor));
  tensor.is_variable = wire.is_variable();
  if (wire.external_buffer() != 0) {
    return Fail(Code::kUnimplemented, "its data lie in an external file");
  }
  BRINK_ASSIGN(tensor.data, file.BufferBytes(wire.buffer()));
  tensor.is_constant = !tensor.data.empty();
  BRINK_TRY(ReadQuantization(file, wire, tensor));
  if (wire.sparsity() != nullptr) BRINK_TRY(ReadSparsity(file, *wire.sparsity(), tensor));
  BRINK_TRY(CheckConstant(tensor));
  return tensor;
}

}  // namespace brink::model

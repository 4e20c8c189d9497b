#include "brink/ops/filter_blocks.h"

#include <cmath>

#include "brink/kernels/convert.h"

namespace brink::ops {
namespace {

Status CheckSizes(const NodeView& node, int i, int64_t& count) {
  const Value& value = node.input(i);
  const int64_t size = value.blocks->size;
  const int rank = value.shape.rank();
  if (size < 1 || rank < 1 || value.shape[rank - 1] % size != 0) {
    return node.Invalid("input " + std::to_string(i) + ": blocks of " + std::to_string(size) +
                        " do not divide the last axis of " + value.shape.ToString());
  }
  count = value.shape.elements() / size;
  return {};
}

// One number a block of a constant of type `type`, as floats.
Result<std::vector<float>> ReadNumbers(const NodeView& node, int i, const char* what, Type type,
                                       std::span<const std::byte> data, int64_t count) {
  const std::string where = "input " + std::to_string(i) + ": " + what;
  if (data.size() != static_cast<size_t>(PackedBytes(type, count))) {
    return node.Invalid(where + " of " + std::to_string(data.size()) + " bytes, wanted " +
                        std::to_string(count) + " constants of " + std::string(TypeName(type)));
  }
  std::vector<float> numbers(static_cast<size_t>(count));
  kernels::Convert(type, data.data(), Type::kFloat32, reinterpret_cast<std::byte*>(numbers.data()),
                   count, {});
  return numbers;
}

}  // namespace

std::vector<float> FilterBlocks::Widen(std::span<const std::byte> stored) const {
  std::vector<float> wide(stored.size());
  for (size_t i = 0; i < wide.size(); ++i) {
    const size_t block = i / size;
    const float zero = zeros.empty() ? 0 : zeros[block];
    const auto number = static_cast<float>(static_cast<int8_t>(stored[i]));
    wide[i] = scales[block] * (number - zero);
  }
  return wide;
}

Result<FilterBlocks> ReadFilterBlocks(const NodeView& node, int i) {
  BRINK_TRY(node.CheckConstant(i));
  BRINK_TRY(node.CheckInputType(i, {Type::kInt4, Type::kInt8}));
  const BlockScales& blocks = *node.input(i).blocks;
  int64_t count = 0;
  BRINK_TRY(CheckSizes(node, i, count));
  const std::string where = "input " + std::to_string(i) + ": ";
  if (blocks.type != Type::kFloat16 && blocks.type != Type::kFloat32) {
    return node.Unsupported(where + "scales of " + std::string(TypeName(blocks.type)) +
                            ", FLOAT16 and FLOAT32 are supported");
  }
  FilterBlocks read{.size = static_cast<size_t>(blocks.size)};
  BRINK_ASSIGN(read.scales, ReadNumbers(node, i, "scales", blocks.type, blocks.scales, count));
  for (const float scale : read.scales) {
    if (!std::isfinite(scale)) return node.Invalid(where + "a scale that is no finite number");
  }
  if (blocks.zero_points.empty()) return read;
  const Type type = blocks.zero_type;
  if (type != Type::kInt8 && type != Type::kInt32 && type != Type::kInt64) {
    return node.Unsupported(where + "zero points of " + std::string(TypeName(type)) +
                            ", INT8, INT32 and INT64 are supported");
  }
  BRINK_ASSIGN(read.zeros, ReadNumbers(node, i, "zero points", type, blocks.zero_points, count));
  return read;
}

}  // namespace brink::ops

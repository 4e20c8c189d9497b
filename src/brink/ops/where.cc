// WHERE: the places of the elements that are not 0, as [count, rank] INT64.
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kBool, Type::kFloat32, Type::kInt8, Type::kUInt8,
                                    Type::kInt32, Type::kUInt32, Type::kInt64}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt64}));
  BRINK_TRY(node.CheckConstant(0));
  const Value& input = node.input(0);
  std::vector<int64_t> places;
  const int rank = input.shape.rank();
  const int64_t elements = input.shape.elements();
  const auto bytes = static_cast<size_t>(TypeBits(input.type)) / 8;
  int64_t count = 0;
  for (int64_t i = 0; i < elements; ++i) {
    const auto element = input.data.subspan(static_cast<size_t>(i) * bytes, bytes);
    bool is_zero = true;
    for (const std::byte byte : element) is_zero = is_zero && byte == std::byte{0};
    // The sign bit alone makes a zero of a float.
    if (input.type == Type::kFloat32 && input.as<float>()[static_cast<size_t>(i)] == 0)
      is_zero = true;
    if (is_zero) continue;
    ++count;
    places.resize(places.size() + static_cast<size_t>(rank));
    int64_t rest = i;
    for (int axis = rank - 1; axis >= 0; --axis) {
      places[places.size() - static_cast<size_t>(rank - axis)] = rest % input.shape[axis];
      rest /= input.shape[axis];
    }
  }
  const Shape shape = {count, rank};
  Prepared prepared{.shapes = {shape}, .kernel = "known"};
  prepared.known.push_back(Tensor::Of<int64_t>(shape, places));
  return prepared;
}

}  // namespace

extern const OpDef kWhere{.name = "WHERE",
                          .code = 109,
                          .max_version = 2,
                          .types = "f32 i8 u8 i32 u32 i64 bool",
                          .kernels = "known",
                          .prepare = Prepare};

}  // namespace brink::ops

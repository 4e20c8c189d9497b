// STABLEHLO_ADD, _MULTIPLY, _MAXIMUM, _MINIMUM, _AND, _SHIFT_LEFT: two inputs of one shape, whose
// integers stand for themselves, quantised or not.
#include <type_traits>

#include "brink/ops/combining.h"
#include "brink/ops/of_type.h"

namespace brink::ops {
namespace {

struct And {};
struct ShiftLeft {};

template <class T>
T Of(Combining how, T a, T b) {
  return Combine(how, a, b);
}
template <class T>
T Of(And, T a, T b) {
  return static_cast<T>(a & b);
}
// By as many bits as a number has, or more, it leaves none; a negative count is as large.
template <class T>
T Of(ShiftLeft, T a, T b) {
  using Bits = std::make_unsigned_t<T>;
  constexpr auto kBits = static_cast<Bits>(8 * sizeof(T));
  const auto count = static_cast<Bits>(b);
  return count < kBits ? static_cast<T>(static_cast<uint64_t>(static_cast<Bits>(a)) << count)
                       : T{0};
}

template <class How>
Result<Prepared> Prepare(const NodeView& node, How how, std::initializer_list<Type> types) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, types));
  const Type type = node.input(0).type;
  BRINK_TRY(node.CheckInputType(1, {type}));
  BRINK_TRY(node.CheckOutputType(0, {type}));
  const Shape& shape = node.input(0).shape;
  if (!(node.input(1).shape == shape)) {
    return node.Invalid("inputs of shapes " + shape.ToString() + " and " +
                        node.input(1).shape.ToString());
  }
  Prepared prepared{.shapes = {shape}, .kernel = "element by element", .overwritable = 3};
  prepared.run = OfType(type, [&]<class T>(T) -> Run {
    if constexpr (std::is_floating_point_v<T> && !std::is_same_v<How, Combining>) {
      return {};  // refused by its type
    } else {
      return [how, count = shape.elements()](const Buffers& b) {
        const T* x = b.in<T>(0);
        const T* y = b.in<T>(1);
        for (int64_t i = 0; i < count; ++i) b.out<T>(0)[i] = Of(how, x[i], y[i]);
      };
    }
  });
  return prepared;
}

template <Combining kHow>
Result<Prepared> PrepareNumbers(const NodeView& node) {
  return Prepare(
      node, kHow,
      {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16, Type::kInt32, Type::kInt64});
}

}  // namespace

extern const OpDef kStablehloAdd{.name = "STABLEHLO_ADD",
                                 .code = 163,
                                 .types = "f32 i8 u8 i16 i32 i64",
                                 .kernels = "element by element",
                                 .prepare = PrepareNumbers<Combining::kAdd>};
extern const OpDef kStablehloMultiply{.name = "STABLEHLO_MULTIPLY",
                                      .code = 165,
                                      .types = "f32 i8 u8 i16 i32 i64",
                                      .kernels = "element by element",
                                      .prepare = PrepareNumbers<Combining::kMultiply>};
extern const OpDef kStablehloMaximum{.name = "STABLEHLO_MAXIMUM",
                                     .code = 166,
                                     .types = "f32 i8 u8 i16 i32 i64",
                                     .kernels = "element by element",
                                     .prepare = PrepareNumbers<Combining::kMaximum>};
extern const OpDef kStablehloMinimum{.name = "STABLEHLO_MINIMUM",
                                     .code = 181,
                                     .types = "f32 i8 u8 i16 i32 i64",
                                     .kernels = "element by element",
                                     .prepare = PrepareNumbers<Combining::kMinimum>};
extern const OpDef kStablehloAnd{.name = "STABLEHLO_AND",
                                 .code = 176,
                                 .types = "i8 u8 i16 i32 i64 bool",
                                 .kernels = "element by element",
                                 .prepare = [](const NodeView& node) {
                                   return Prepare(node, And{},
                                                  {Type::kInt8, Type::kUInt8, Type::kInt16,
                                                   Type::kInt32, Type::kInt64, Type::kBool});
                                 }};
extern const OpDef kStablehloShiftLeft{
    .name = "STABLEHLO_SHIFT_LEFT",
    .code = 207,
    .types = "i8 i16 i32",
    .kernels = "element by element",
    .prepare = [](const NodeView& node) {
      return Prepare(node, ShiftLeft{}, {Type::kInt8, Type::kInt16, Type::kInt32});
    }};

}  // namespace brink::ops

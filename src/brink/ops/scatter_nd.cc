// SCATTER_ND: zeros of the shape of input 2, to which slices (input 1) are added at places (input
// 0,
// [..., k]); of bools what is true stays so.
#include <algorithm>
#include <type_traits>

#include "brink/ops/indices.h"
#include "brink/ops/movement.h"
#include "brink/ops/of_type.h"

namespace brink::ops {
namespace {

struct Places {
  Shape output;
  std::array<int64_t, Shape::kMaxRank> strides{};  // elements
  int64_t count = 1;
  int depth = 0;
  int64_t slice = 1;  // elements
  Type index_type = Type::kInt32;
};

// A sum without overflow: integers wrap.
template <class T>
T Sum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a + b;
  } else {
    return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }
}

// Adds `count` elements to those at `to`; of bools what is true stays so.
template <class T>
void AddSlice(const T* from, T* to, int64_t count, bool is_bool) {
  if (is_bool) {
    for (int64_t k = 0; k < count; ++k)
      to[k] = static_cast<T>(to[k] != T{} || from[k] != T{} ? 1 : 0);
    return;
  }
  for (int64_t k = 0; k < count; ++k) to[k] = Sum(to[k], from[k]);
}

template <class T>
Run AddRun(const Places& p, bool is_bool) {
  return [p, is_bool](const Buffers& b) -> Status {
    T* output = b.out<T>(0);
    std::fill_n(output, p.output.elements(), T{});
    for (int64_t i = 0; i < p.count; ++i) {
      int64_t to = 0;
      for (int axis = 0; axis < p.depth; ++axis) {
        const int64_t index = IndexAt(p.index_type, b.inputs[0], i * p.depth + axis);
        if (index < 0 || index >= p.output[axis]) return IndexOutOfRange(index, p.output[axis]);
        to += index * p.strides[static_cast<size_t>(axis)];
      }
      AddSlice(b.in<T>(1) + i * p.slice, output + to, p.slice, is_bool);
    }
    return {};
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kInt32, Type::kInt64}));
  const Type type = node.input(1).type;
  BRINK_TRY(node.CheckInputType(1, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16,
                                    Type::kInt32, Type::kInt64, Type::kBool}));
  BRINK_TRY(node.CheckOutputType(0, {type}));
  BRINK_TRY(node.CheckRank(0, 1, Shape::kMaxRank));
  BRINK_ASSIGN(const std::vector<int64_t> dims, node.Integers(2));
  const Result<Shape> output = Shape::Make(dims);
  if (!output || !output->known())
    return node.Invalid("input 2: " + (output ? "an extent of -1" : output.error().message));
  const Shape& indices = node.input(0).shape;
  const int64_t depth = indices[indices.rank() - 1];
  Shape wanted;
  Places places{
      .output = *output, .strides = ByteStrides(*output, 1), .index_type = node.input(0).type};
  for (int i = 0; i + 1 < indices.rank(); ++i) {
    places.count *= indices[i];
    wanted.Append(indices[i]);
  }
  bool fits = depth <= output->rank() && wanted.rank() + output->rank() - depth <= Shape::kMaxRank;
  for (auto i = static_cast<int>(depth); fits && i < output->rank(); ++i) {
    places.slice *= (*output)[i];
    wanted.Append((*output)[i]);
  }
  if (!fits || !(wanted == node.input(1).shape)) {
    return node.Invalid("slices of shape " + node.input(1).shape.ToString() + " at places of " +
                        indices.ToString() + " in " + output->ToString());
  }
  places.depth = static_cast<int>(depth);
  Prepared prepared{.shapes = {*output}, .kernel = "add"};
  prepared.run = OfType(type, [&]<class T>(T) { return AddRun<T>(places, type == Type::kBool); });
  return prepared;
}

}  // namespace

extern const OpDef kScatterNd{.name = "SCATTER_ND",
                              .code = 122,
                              .max_version = 1,
                              .types = "f32 i8 u8 i16 i32 i64 bool",
                              .kernels = "add",
                              .prepare = Prepare};

}  // namespace brink::ops

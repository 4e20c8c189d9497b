// STABLEHLO_SCATTER: {indices_are_sorted, update_window_dims, inserted_window_dims,
// scatter_dims_to_operand_dims, index_vector_dim, unique_indices,
// update_computation_subgraph_index}. Input 0 with each element of input 2, the updates, combined
// in where the indices (input 1) and the window place it; what falls outside is left out.
// Source: StableHLO specification, scatter.
#include <algorithm>
#include <array>
#include <cstring>

#include "brink/ops/combining.h"
#include "brink/ops/index_vectors.h"
#include "brink/ops/movement.h"
#include "brink/ops/of_type.h"

namespace brink::ops {
namespace {

constexpr auto kMostRank = static_cast<size_t>(Shape::kMaxRank);

struct Scatter {
  IndexVectors vectors;
  Combining combining = Combining::kSecond;
  std::vector<int> starts;  // the operand's axis of each element of a vector
  std::vector<int>
      update_places;  // of each axis of the updates: the operand's axis, -1: of vectors
  Shape operand;
  Shape updates;
};

template <class T>
void Apply(const Scatter& s, const Buffers& b) {
  std::array<int64_t, kMostRank> at{};  // in the updates
  const int64_t count = s.updates.elements();
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i;
    for (int axis = s.updates.rank() - 1; axis >= 0; --axis) {
      at[static_cast<size_t>(axis)] = rest % s.updates[axis];
      rest /= s.updates[axis];
    }
    std::array<int64_t, kMostRank> place{};  // in the operand
    int64_t number = 0;
    for (size_t axis = 0, next = 0; axis < s.update_places.size(); ++axis) {
      if (s.update_places[axis] < 0) {
        number = number * s.vectors.batch[next++] + at[axis];
      } else {
        place[static_cast<size_t>(s.update_places[axis])] = at[axis];
      }
    }
    bool is_inside = true;
    for (size_t k = 0; k < s.starts.size(); ++k) {
      const int64_t start = s.vectors.At(b.inputs[1], number, static_cast<int64_t>(k));
      const auto axis = static_cast<size_t>(s.starts[k]);
      is_inside =
          is_inside && start >= -place[axis] && start < s.operand[s.starts[k]] - place[axis];
      if (is_inside) place[axis] += start;
    }
    int64_t to = 0;
    for (int axis = 0; is_inside && axis < s.operand.rank(); ++axis) {
      const int64_t index = place[static_cast<size_t>(axis)];
      is_inside = index < s.operand[axis];
      if (is_inside) to = to * s.operand[axis] + index;
    }
    if (!is_inside) continue;
    T& element = b.out<T>(0)[to];
    element = Combine(s.combining, element, b.in<T>(2)[i]);
  }
}

// Which axes of the updates are a window's, and which of the operand those are.
Status ReadWindow(const NodeView& node, Scatter& s) {
  const int rank = s.operand.rank();
  BRINK_ASSIGN(const std::vector<int> inserted,
               ReadAxes(node, 2, "inserted_window_dims", rank, true));
  BRINK_ASSIGN(const std::vector<int> window,
               ReadAxes(node, 1, "update_window_dims", s.updates.rank(), true));
  if (window.size() + inserted.size() != static_cast<size_t>(rank) ||
      window.size() + s.vectors.batch.size() != static_cast<size_t>(s.updates.rank())) {
    return node.Invalid("windows of " + std::to_string(window.size()) + " axes and " +
                        std::to_string(s.vectors.batch.size()) + " axes of indices in updates of " +
                        s.updates.ToString() + " for " + s.operand.ToString());
  }
  s.update_places.assign(static_cast<size_t>(s.updates.rank()), -1);
  size_t next = 0;
  for (int axis = 0; axis < rank; ++axis) {
    if (std::find(inserted.begin(), inserted.end(), axis) != inserted.end()) continue;
    s.update_places[static_cast<size_t>(window[next++])] = axis;
  }
  next = 0;
  for (int axis = 0; axis < s.updates.rank(); ++axis) {
    if (s.update_places[static_cast<size_t>(axis)] >= 0) continue;
    if (s.updates[axis] != s.vectors.batch[next++])
      return node.Invalid("updates of shape " + s.updates.ToString() + " for indices of shape " +
                          node.input(1).shape.ToString());
  }
  return {};
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16,
                                    Type::kInt32, Type::kInt64, Type::kBool}));
  const Type type = node.input(0).type;
  BRINK_TRY(node.CheckInputType(2, {type}));
  BRINK_TRY(node.CheckOutputType(0, {type}));
  Scatter s{.vectors = {}, .starts = {}, .update_places = {}};
  s.operand = node.input(0).shape;
  s.updates = node.input(2).shape;
  BRINK_ASSIGN(s.vectors, ReadIndexVectors(node, 1, node.options.Int64(4)));
  BRINK_ASSIGN(s.starts,
               ReadAxes(node, 3, "scatter_dims_to_operand_dims", s.operand.rank(), false));
  if (s.vectors.length != static_cast<int64_t>(s.starts.size())) {
    return node.Invalid("scatter_dims_to_operand_dims of " + std::to_string(s.starts.size()) +
                        " axes for vectors of " + std::to_string(s.vectors.length) + " indices");
  }
  BRINK_TRY(ReadWindow(node, s));
  BRINK_ASSIGN(s.combining, ReadCombining(node, 6, true));
  const auto bytes = static_cast<size_t>(node.input(0).bytes());
  Prepared prepared{.shapes = {s.operand}, .kernel = "scatter"};
  prepared.run = OfType(type, [&]<class T>(T) -> Run {
    return [s, bytes](const Buffers& b) {
      if (bytes > 0 && b.outputs[0] != b.inputs[0]) std::memcpy(b.outputs[0], b.inputs[0], bytes);
      Apply<T>(s, b);
    };
  });
  return prepared;
}

}  // namespace

extern const OpDef kStablehloScatter{.name = "STABLEHLO_SCATTER",
                                     .code = 190,
                                     .foldable = false,
                                     .types = "f32 i8 u8 i16 i32 i64 bool",
                                     .kernels = "scatter",
                                     .prepare = Prepare};

}  // namespace brink::ops

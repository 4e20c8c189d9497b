// STABLEHLO_GATHER: {offset_dims, collapsed_slice_dims, start_index_map, index_vector_dim,
// slice_sizes, indices_are_sorted}. Each vector of indices names where a slice of input 0 begins,
// moved so that the slice lies inside; the output holds the slices, their axes at offset_dims,
// without those of collapsed_slice_dims.
// Source: StableHLO specification, gather.
#include <algorithm>

#include "brink/ops/index_vectors.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

struct Gather {
  IndexVectors vectors;
  std::vector<int> starts;             // the input's axis of each element of a vector
  std::vector<int64_t> most;           // the last start of each axis of the input
  std::vector<int64_t> from_strides;   // bytes
  std::vector<int64_t> batch_strides;  // bytes of the output
  kernels::StridedCopy slice;
};

void RunGather(const Gather& g, const Buffers& b) {
  const int64_t count = g.vectors.count();
  for (int64_t number = 0; number < count; ++number) {
    kernels::StridedCopy slice = g.slice;
    for (size_t i = 0; i < g.starts.size(); ++i) {
      const auto axis = static_cast<size_t>(g.starts[i]);
      const int64_t start = g.vectors.At(b.inputs[1], number, static_cast<int64_t>(i));
      slice.from_offset += std::clamp<int64_t>(start, 0, g.most[axis]) * g.from_strides[axis];
    }
    int64_t rest = number;
    for (size_t axis = g.batch_strides.size(); axis-- > 0;) {
      slice.to_offset += rest % g.vectors.batch[axis] * g.batch_strides[axis];
      rest /= g.vectors.batch[axis];
    }
    kernels::CopyStrided(slice, b.inputs[0], b.outputs[0], b.parallel);
  }
}

// Which slices: checks the options against the input.
Status ReadSlices(const NodeView& node, const std::vector<int>& collapsed,
                  const std::vector<int64_t>& sizes, Gather& gather) {
  const Shape& input = node.input(0).shape;
  if (sizes.size() != static_cast<size_t>(input.rank()))
    return node.Invalid("slice_sizes of " + std::to_string(sizes.size()) + " axes for " +
                        input.ToString());
  for (int axis = 0; axis < input.rank(); ++axis) {
    const int64_t size = sizes[static_cast<size_t>(axis)];
    const bool is_collapsed =
        std::find(collapsed.begin(), collapsed.end(), axis) != collapsed.end();
    if (size < 0 || size > input[axis] || (is_collapsed && size != 1)) {
      return node.Invalid("slice_sizes: " + std::to_string(size) + " of axis " +
                          std::to_string(axis) + " of " + input.ToString());
    }
    gather.most.push_back(input[axis] - size);
  }
  BRINK_ASSIGN(gather.starts, ReadAxes(node, 2, "start_index_map", input.rank(), false));
  BRINK_ASSIGN(gather.vectors, ReadIndexVectors(node, 1, node.options.Int64(3)));
  if (gather.vectors.length == static_cast<int64_t>(gather.starts.size())) return {};
  return node.Invalid("start_index_map of " + std::to_string(gather.starts.size()) +
                      " axes for vectors of " + std::to_string(gather.vectors.length) + " indices");
}

// Where an axis of the output comes from: an axis of the slices, or else the next of the batch.
struct Source {
  int slice_axis = -1;
};

Result<std::vector<Source>> ReadSources(const NodeView& node, const std::vector<int>& collapsed,
                                        size_t batch_rank) {
  std::vector<int> kept;
  for (int axis = 0; axis < node.input(0).shape.rank(); ++axis) {
    if (std::find(collapsed.begin(), collapsed.end(), axis) == collapsed.end())
      kept.push_back(axis);
  }
  const size_t rank = kept.size() + batch_rank;
  if (rank > Shape::kMaxRank) return node.Unsupported("an output of rank " + std::to_string(rank));
  BRINK_ASSIGN(const std::vector<int> offsets,
               ReadAxes(node, 0, "offset_dims", static_cast<int>(rank), true));
  if (offsets.size() != kept.size()) {
    return node.Invalid("offset_dims of " + std::to_string(offsets.size()) +
                        " axes for slices of " + std::to_string(kept.size()));
  }
  std::vector<Source> sources(rank);
  for (size_t i = 0; i < kept.size(); ++i)
    sources[static_cast<size_t>(offsets[i])].slice_axis = kept[i];
  return sources;
}

Result<Shape> ReadOutput(const NodeView& node, const std::vector<Source>& sources,
                         const std::vector<int64_t>& sizes, const std::vector<int64_t>& batch) {
  Shape output;
  size_t next = 0;
  for (const Source& source : sources) {
    output.Append(source.slice_axis < 0 ? batch[next++]
                                        : sizes[static_cast<size_t>(source.slice_axis)]);
  }
  return CheckedShape(node, output);
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  const Shape& input = node.input(0).shape;
  BRINK_ASSIGN(const std::vector<int> collapsed,
               ReadAxes(node, 1, "collapsed_slice_dims", input.rank(), true));
  const std::vector<int64_t> sizes = node.options.Int64s(4);
  Gather gather;
  BRINK_TRY(ReadSlices(node, collapsed, sizes, gather));
  BRINK_ASSIGN(const std::vector<Source> sources,
               ReadSources(node, collapsed, gather.vectors.batch.size()));
  BRINK_ASSIGN(const Shape output, ReadOutput(node, sources, sizes, gather.vectors.batch));
  const auto from = ByteStrides(input, bytes);
  const auto to = ByteStrides(output, bytes);
  gather.from_strides.assign(from.begin(), from.begin() + input.rank());
  gather.slice.element_bytes = bytes;
  for (int axis = 0; axis < output.rank(); ++axis) {
    const int64_t stride = to[static_cast<size_t>(axis)];
    const int slice_axis = sources[static_cast<size_t>(axis)].slice_axis;
    if (slice_axis < 0) {
      gather.batch_strides.push_back(stride);
    } else {
      gather.slice.Append({output[axis], from[static_cast<size_t>(slice_axis)], stride});
    }
  }
  const bool is_empty = output.elements() == 0;
  if (!is_empty) gather.slice = kernels::Simplified(gather.slice);
  return Prepared{.shapes = {output},
                  .kernel = "slices",
                  .run = [gather = std::move(gather), is_empty](const Buffers& b) {
                    if (!is_empty) RunGather(gather, b);
                  }};
}

}  // namespace

extern const OpDef kStablehloGather{.name = "STABLEHLO_GATHER",
                                    .code = 201,
                                    .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                    .kernels = "slices",
                                    .prepare = Prepare};

}  // namespace brink::ops

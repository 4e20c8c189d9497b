// SLICE: inputs 1 and 2 are where each axis begins and how long it is; a length of -1 goes to the
// end.
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  const Shape& input = node.input(0).shape;
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  BRINK_ASSIGN(const std::vector<int64_t> begin, node.Integers(1));
  BRINK_ASSIGN(const std::vector<int64_t> size, node.Integers(2));
  const auto rank = static_cast<size_t>(input.rank());
  if (begin.size() != rank || size.size() != rank) {
    return node.Invalid(std::to_string(begin.size()) + " begins and " +
                        std::to_string(size.size()) + " sizes for " + std::to_string(rank) +
                        " dimensions");
  }
  Shape output;
  for (size_t i = 0; i < rank; ++i) {
    const int64_t extent = input[static_cast<int>(i)];
    const bool inside = begin[i] >= 0 && begin[i] <= extent && size[i] >= -1;
    const int64_t left = inside ? extent - begin[i] : 0;
    const int64_t length = size[i] == -1 ? left : size[i];
    if (!inside || length > left) {
      return node.Invalid("axis " + std::to_string(i) + ": begin " + std::to_string(begin[i]) +
                          ", size " + std::to_string(size[i]) + " of " + std::to_string(extent));
    }
    output.Append(length);
  }
  return PrepareMoves(node, {SliceOf(input, output, begin, bytes)});
}

}  // namespace

extern const OpDef kSlice{.name = "SLICE",
                          .code = 65,
                          .max_version = 8,
                          .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                          .kernels = "copy; strided copy",
                          .prepare = Prepare};

}  // namespace brink::ops

#include "brink/model/check_constant.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace brink::model {
namespace {

int64_t LoadInt32(std::span<const std::byte> bytes, size_t index) {
  int32_t value = 0;
  std::memcpy(&value, bytes.data() + index * sizeof(value), sizeof(value));
  return value;
}

tl::unexpected<Error> Invalid(std::string message) {
  return Fail(Code::kInvalidArgument, std::move(message));
}

// TFLite's string tensors: int32 count, count + 1 int32 offsets from the start of the buffer, then
// the text.
Status CheckStrings(const TensorInfo& tensor) {
  const auto size = static_cast<int64_t>(tensor.data.size());
  const int64_t wanted = tensor.shape.elements();
  const int64_t count = size < 4 ? -1 : LoadInt32(tensor.data, 0);
  if (count != wanted || wanted + 2 > size / 4) {
    return Invalid("its " + std::to_string(size) + " bytes hold " + std::to_string(count) +
                   " strings, shape " + tensor.shape.ToString() + " wants " +
                   std::to_string(wanted));
  }
  int64_t last = 4 * (count + 2);
  for (int64_t i = 0; i <= count; ++i) {
    const int64_t offset = LoadInt32(tensor.data, static_cast<size_t>(i + 1));
    if (offset < last || offset > size) {
      return Invalid("string " + std::to_string(i) + " is at " + std::to_string(offset) +
                     ", expected " + std::to_string(last) + " to " + std::to_string(size));
    }
    last = offset;
  }
  return {};
}

Status CheckBytes(const TensorInfo& tensor, int64_t elements) {
  if (TypeBits(tensor.type) == 0) {
    return Invalid("a constant cannot be of type " + std::string(TypeName(tensor.type)));
  }
  const int64_t wanted = PackedBytes(tensor.type, elements);
  if (static_cast<int64_t>(tensor.data.size()) == wanted) return {};
  return Invalid("its data have " + std::to_string(tensor.data.size()) + " bytes, " +
                 std::string(TypeName(tensor.type)) + " " + tensor.shape.ToString() + " takes " +
                 std::to_string(wanted) + (tensor.sparsity ? " without its sparse zeros" : ""));
}

// a * b, or -1 beyond what a shape can have. Neither is negative.
int64_t Multiply(int64_t a, int64_t b) {
  constexpr int64_t kMost = int64_t{1} << 46;
  return b != 0 && a > kMost / b ? -1 : a * b;
}

// The extent of each dimension of the shape, then of each block, from the levels in which the
// values are stored.
Result<std::vector<int64_t>> Extents(const Sparsity& sparsity, const Shape& shape) {
  const size_t levels = static_cast<size_t>(shape.rank()) + sparsity.block_map.size();
  if (sparsity.traversal_order.size() != levels || sparsity.dimensions.size() != levels) {
    return Invalid("sparsity: " + std::to_string(sparsity.traversal_order.size()) +
                   " dimensions in its order and " + std::to_string(sparsity.dimensions.size()) +
                   " described, shape " + shape.ToString() + " with its blocks wants " +
                   std::to_string(levels));
  }
  std::vector<int64_t> extents(levels, -1);
  for (size_t level = 0; level < levels; ++level) {
    const auto dimension = static_cast<size_t>(sparsity.traversal_order[level]);
    if (dimension >= levels || extents[dimension] != -1) {
      return Invalid("sparsity: its order names dimension " +
                     std::to_string(sparsity.traversal_order[level]) +
                     ", which does not exist or is named twice");
    }
    extents[dimension] = std::max(0, sparsity.dimensions[level].dense_size);
  }
  return extents;
}

// The dimensions times their blocks are the shape.
Status CheckLevels(const Sparsity& sparsity, const Shape& shape) {
  BRINK_ASSIGN(std::vector<int64_t> extents, Extents(sparsity, shape));
  const auto rank = static_cast<size_t>(shape.rank());
  for (size_t block = 0; block < sparsity.block_map.size(); ++block) {
    const auto dimension = static_cast<size_t>(sparsity.block_map[block]);
    if (dimension >= rank || extents[dimension] < 0) {
      return Invalid("sparsity: a block of dimension " + std::to_string(sparsity.block_map[block]) +
                     ", the shape is " + shape.ToString());
    }
    extents[dimension] = Multiply(extents[dimension], extents[rank + block]);
  }
  for (size_t dimension = 0; dimension < rank; ++dimension) {
    if (extents[dimension] != shape[static_cast<int>(dimension)]) {
      return Invalid("sparsity: dimension " + std::to_string(dimension) + " has " +
                     std::to_string(extents[dimension]) + " places, the shape is " +
                     shape.ToString());
    }
  }
  return {};
}

Status CheckSparseLevel(const Sparsity::Dimension& level, int64_t parents) {
  const auto count = static_cast<int64_t>(level.indices.size());
  if (static_cast<int64_t>(level.segments.size()) != parents + 1 || level.segments.front() != 0 ||
      level.segments.back() != count || !std::ranges::is_sorted(level.segments)) {
    return Invalid("sparsity: " + std::to_string(level.segments.size()) + " segments for " +
                   std::to_string(parents) + " slices and " + std::to_string(count) +
                   " indices do not fit");
  }
  for (size_t segment = 0; segment + 1 < level.segments.size(); ++segment) {
    int32_t last = -1;
    for (int32_t i = level.segments[segment]; i < level.segments[segment + 1]; ++i) {
      const int32_t index = level.indices[static_cast<size_t>(i)];
      if (index <= last || index >= level.dense_size) {
        return Invalid("sparsity: index " + std::to_string(index) + " after " +
                       std::to_string(last) + " in a dimension of " +
                       std::to_string(level.dense_size));
      }
      last = index;
    }
  }
  return {};
}

// Writers leave out the size of a sparse level, since the shape gives it: the shape's extent over
// its blocks. A wrong guess for an inconsistent file is found by CheckLevels.
void FillSparseSizes(Sparsity& sparsity, const Shape& shape) {
  const size_t levels = std::min(sparsity.traversal_order.size(), sparsity.dimensions.size());
  const auto rank = static_cast<size_t>(shape.rank());
  std::vector<int64_t> rest(shape.dims().begin(), shape.dims().end());
  for (size_t level = 0; level < levels; ++level) {
    const size_t block = static_cast<size_t>(sparsity.traversal_order[level]) - rank;
    if (block >= sparsity.block_map.size()) continue;
    const auto dimension = static_cast<size_t>(sparsity.block_map[block]);
    if (dimension < rank) rest[dimension] /= std::max(1, sparsity.dimensions[level].dense_size);
  }
  for (size_t level = 0; level < levels; ++level) {
    Sparsity::Dimension& described = sparsity.dimensions[level];
    const auto dimension = static_cast<size_t>(sparsity.traversal_order[level]);
    if (described.sparse && described.dense_size == 0 && dimension < rank) {
      described.dense_size = static_cast<int32_t>(rest[dimension]);
    }
  }
}

Status CheckSparse(TensorInfo& tensor) {
  Sparsity& sparsity = *tensor.sparsity;
  FillSparseSizes(sparsity, tensor.shape);
  BRINK_TRY(CheckLevels(sparsity, tensor.shape));
  int64_t kept = 1;
  for (const Sparsity::Dimension& level : sparsity.dimensions) {
    if (level.sparse) {
      BRINK_TRY(CheckSparseLevel(level, kept));
      kept = static_cast<int64_t>(level.indices.size());
    } else {
      kept = Multiply(kept, std::max(0, level.dense_size));
      if (kept < 0) return Invalid("sparsity: its dimensions multiply to too many elements");
    }
  }
  return CheckBytes(tensor, kept);
}

}  // namespace

Status CheckConstant(TensorInfo& tensor) {
  if (tensor.data.empty()) {
    if (tensor.sparsity) return Invalid("sparsity without data");
    return {};
  }
  if (tensor.sparsity) return CheckSparse(tensor);
  if (tensor.type == Type::kString) return CheckStrings(tensor);
  return CheckBytes(tensor, tensor.shape.elements());
}

}  // namespace brink::model

#include "brink/tensor/shape.h"

#include <algorithm>
#include <cassert>

#include "brink/tensor/type.h"

namespace brink {
namespace {

// No model or request has a tensor near this; products below it times 16 bytes stay far from
// overflow.
constexpr int64_t kMaxElements = int64_t{1} << 46;

template <class Int>
Result<Shape> MakeShape(std::span<const Int> dims) {
  if (dims.size() > static_cast<size_t>(Shape::kMaxRank)) {
    return Fail(Code::kInvalidArgument, "shape has " + std::to_string(dims.size()) +
                                            " dimensions, at most " +
                                            std::to_string(Shape::kMaxRank) + " are supported");
  }
  Shape shape;
  int64_t elements = 1;
  for (const Int dim : dims) {
    if (dim < -1)
      return Fail(Code::kInvalidArgument, "shape has a dimension of " + std::to_string(dim));
    shape.Append(dim);
    if (dim > 0 && elements > kMaxElements / dim) {
      return Fail(Code::kInvalidArgument,
                  "shape " + shape.ToString() + "... has too many elements");
    }
    if (dim > 0) elements *= dim;
  }
  return shape;
}

}  // namespace

Shape::Shape(std::initializer_list<int64_t> dims) {
  for (const int64_t dim : dims) Append(dim);
}

Result<Shape> Shape::Make(std::span<const int64_t> dims) { return MakeShape(dims); }
Result<Shape> Shape::Make(std::span<const int32_t> dims) { return MakeShape(dims); }

void Shape::Append(int64_t dim) {
  assert(rank_ < kMaxRank);
  dims_[static_cast<size_t>(rank_++)] = dim;
}

int64_t Shape::elements() const {
  int64_t product = 1;
  for (const int64_t dim : dims()) {
    if (dim < 0) return -1;
    product *= dim;
  }
  return product;
}

bool Shape::known() const {
  return std::all_of(dims().begin(), dims().end(), [](int64_t dim) { return dim >= 0; });
}

std::string Shape::ToString() const {
  std::string text = "[";
  for (int axis = 0; axis < rank_; ++axis) {
    if (axis > 0) text += ", ";
    text += std::to_string((*this)[axis]);
  }
  return text + "]";
}

bool Shape::operator==(const Shape& other) const {
  return std::equal(dims().begin(), dims().end(), other.dims().begin(), other.dims().end());
}

int64_t PackedBytes(Type type, int64_t elements) { return (elements * TypeBits(type) + 7) / 8; }

}  // namespace brink

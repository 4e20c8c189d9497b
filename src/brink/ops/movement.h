// What operators share that only move elements of one input: transposes, slices, splits, paddings.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "brink/base/result.h"
#include "brink/kernels/strided_copy.h"
#include "brink/ops/op.h"

namespace brink::ops {

// Bytes of an element; fails for types of less than a byte and for those without a size.
Result<size_t> ElementBytes(const NodeView& node, const Value& value);

// Bytes from one index to the next along each axis of a dense tensor.
std::array<int64_t, Shape::kMaxRank> ByteStrides(const Shape& shape, size_t element_bytes);

using Element = std::array<std::byte, 16>;  // the first bytes hold one element of any type

// What stands for zero: the zero point of a quantised tensor.
Result<Element> ZeroElement(const NodeView& node, const Value& value);

// How one output is made of the input.
struct Move {
  Shape output;
  std::vector<kernels::StridedCopy> boxes;  // together they write every element, or
  bool fills = false;                       // the others are
  Element filling{};
};

// Output i is what moves[i] says; all have the input's type (checked). An output that is a part of
// the input lies in it.
Result<Prepared> PrepareMoves(const NodeView& node, const std::vector<Move>& moves, int input = 0);

// The part of a tensor of shape `input` that begins at `begin` and has the shape `output`, which
// lies inside it.
Move SliceOf(const Shape& input, const Shape& output, std::span<const int64_t> begin,
             size_t element_bytes);

// [rank] pairs {before, after} of input `i`, not negative, as PAD has them.
struct Padding {
  int64_t before = 0;
  int64_t after = 0;
};
Result<std::vector<Padding>> ReadPaddings(const NodeView& node, int i, int axes);

// `shape` with the product checked: fails naming the node when it is larger than anything.
Result<Shape> CheckedShape(const NodeView& node, const Shape& shape);

}  // namespace brink::ops

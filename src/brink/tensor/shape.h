// The extents of a tensor, outermost first: [batch, height, width, channels].
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "brink/base/result.h"
#include "brink/tensor/type.h"

namespace brink {

// Up to 8 dimensions kept inline: a Shape never allocates. A dimension of -1 is unknown until run
// time.
class Shape {
 public:
  static constexpr int kMaxRank = 8;

  Shape() = default;
  Shape(std::initializer_list<int64_t> dims);  // at most kMaxRank dims (asserted)

  // Fails when there are more than kMaxRank dims, one is below -1, or the element count overflows
  // 2^46.
  static Result<Shape> Make(std::span<const int64_t> dims);
  static Result<Shape> Make(std::span<const int32_t> dims);

  int rank() const { return rank_; }
  int64_t operator[](int axis) const { return dims_[static_cast<size_t>(axis)]; }
  int64_t& operator[](int axis) { return dims_[static_cast<size_t>(axis)]; }
  std::span<const int64_t> dims() const { return {dims_.data(), static_cast<size_t>(rank_)}; }

  void Append(int64_t dim);  // rank() < kMaxRank (asserted)

  // Product of the dims; 1 for a scalar; -1 when a dim is unknown.
  int64_t elements() const;
  bool known() const;

  // "[1, 260, 260, 3]"
  std::string ToString() const;

  bool operator==(const Shape& other) const;

 private:
  std::array<int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

// Bytes that `elements` of `type` take, sub-byte types rounded up to whole bytes; type has a fixed
// size.
int64_t PackedBytes(Type type, int64_t elements);

}  // namespace brink

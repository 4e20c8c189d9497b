// Operands of elementwise work that stretch, written out. Only for this room's sources.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "brink/kernels/broadcast.h"

namespace brink::kernels {

// Elements of an operand that are written out together: they stay in the first cache.
inline constexpr int64_t kMostWrittenOut = 1024;

template <class A, class B = A>
struct Operands {
  const A* a = nullptr;
  const B* b = nullptr;
};

// Makes the first `length` elements stand there `times` times.
template <class T>
void Repeat(T* elements, int64_t length, int64_t times) {
  for (int64_t done = 1; done < times; done *= 2)
    std::copy_n(elements, std::min(done, times - done) * length, elements + done * length);
}

// How much further than what is written out it may write.
inline constexpr size_t kFillBytes = 16;

// Each element in turn, `length` times: by stores of a constant size, of which the last goes
// beyond. To start a memset for each takes longer than a short row's arithmetic.
template <class T>
void FillRows(const T* from, int64_t step, int64_t rows, int64_t length, T* to) {
  constexpr size_t kAtOnce = kFillBytes / sizeof(T);
  for (int64_t row = 0; row < rows; ++row, from += step, to += length) {
    std::array<T, kAtOnce> copies;
    copies.fill(*from);
    for (int64_t i = 0; i < length; i += static_cast<int64_t>(kAtOnce))
      std::memcpy(to + i, copies.data(), kFillBytes);
  }
}

// Writes out a box of an operand, which may stretch along any axis; there is at least one axis.
template <class T>
void WriteOut(std::span<const int64_t> extents, std::span<const int64_t> strides, const T* from,
              T* to) {
  if (extents.size() == 1) {
    if (strides[0] == 0) return FillRows(from, 0, 1, extents[0], to);
    std::copy_n(from, extents[0], to);
    return;
  }
  if (extents.size() == 2 && strides[0] != 0 && strides[1] == 0)
    return FillRows(from, strides[0], extents[0], extents[1], to);
  int64_t inner = 1;
  for (const int64_t extent : extents.subspan(1)) inner *= extent;
  const bool stretches = strides[0] == 0;
  for (int64_t i = 0; i < (stretches ? 1 : extents[0]); ++i)
    WriteOut(extents.subspan(1), strides.subspan(1), from + i * strides[0], to + i * inner);
  if (stretches) Repeat(to, inner, extents[0]);
}

// A broadcast whose rows are of a few elements, each of which costs more to start than to compute:
// boxes of many rows in which both operands are dense, written out where they stretch.
class ShortRows {
 public:
  static constexpr int64_t kLongest =
      63;  // a vector or several cost no more to start than to write out

  explicit ShortRows(const Broadcast& broadcast) : broadcast_(broadcast) {
    const int64_t elements = broadcast.elements();
    applies_ = broadcast.rank > 1 && elements > 0 && extent(broadcast.rank - 1) <= kLongest;
    if (!applies_) return;
    inner_ = elements / extent(0);
    while (inner_ > kMostWrittenOut) inner_ /= extent(++axis_);
    width_ = std::min(extent(axis_), kMostWrittenOut / inner_);
    boxes_ = (extent(axis_) + width_ - 1) / width_;
  }

  bool applies() const { return applies_; }
  int64_t box_elements() const { return width_ * inner_; }
  int64_t boxes() const {
    int64_t count = boxes_;
    for (int i = 0; i < axis_; ++i) count *= extent(i);
    return count;
  }

  // Calls body(operands, offset in the output, elements) for a box.
  template <class A, class B, class Body>
  void Run(int64_t box, Operands<A, B> operands, Body body) const {
    const int64_t begin = box % boxes_ * width_;
    const int64_t width = std::min(width_, extent(axis_) - begin);
    const int64_t outer = box / boxes_;
    std::array<A, kMostWrittenOut + kFillBytes / sizeof(A)> a;
    std::array<B, kMostWrittenOut + kFillBytes / sizeof(B)> b;
    const Place place{outer, begin, width};
    body(Operands<A, B>{Written(place, broadcast_.a_strides, operands.a, a.data()),
                        Written(place, broadcast_.b_strides, operands.b, b.data())},
         (outer * extent(axis_) + begin) * inner_, width * inner_);
  }

 private:
  struct Place {
    int64_t outer;  // index over the axes before axis_
    int64_t begin;  // along axis_
    int64_t width;
  };
  using Numbers = std::array<int64_t, Shape::kMaxRank>;

  int64_t extent(int axis) const { return broadcast_.extents[static_cast<size_t>(axis)]; }

  // The box of an operand: where it lies, or written out to `memory`.
  template <class T>
  const T* Written(const Place& place, const Numbers& strides, const T* from, T* memory) const {
    from += place.begin * strides[static_cast<size_t>(axis_)];
    int64_t index = place.outer;
    for (int i = axis_ - 1; i >= 0; --i) {
      from += index % extent(i) * strides[static_cast<size_t>(i)];
      index /= extent(i);
    }
    bool dense = true;
    int64_t step = 1;
    for (int i = broadcast_.rank - 1; i >= axis_; --i) {
      dense = dense && strides[static_cast<size_t>(i)] == step;
      step *= extent(i);
    }
    if (dense) return from;
    Numbers extents = broadcast_.extents;
    extents[static_cast<size_t>(axis_)] = place.width;
    const auto first = static_cast<size_t>(axis_);
    const auto axes = static_cast<size_t>(broadcast_.rank) - first;
    WriteOut<T>({extents.data() + first, axes}, {strides.data() + first, axes}, from, memory);
    return memory;
  }

  const Broadcast& broadcast_;
  bool applies_ = false;
  int axis_ = 0;       // a box is `width_` indices along this axis and all along those after it
  int64_t inner_ = 1;  // elements of one such index
  int64_t width_ = 1;
  int64_t boxes_ = 1;  // along axis_
};

}  // namespace brink::kernels

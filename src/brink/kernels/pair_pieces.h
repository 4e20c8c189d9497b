// How elementwise work on two inputs is cut into tasks whose rows are long. Only for this room's
// sources.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

#include "brink/kernels/pieces.h"
#include "brink/kernels/short_rows.h"

namespace brink::kernels {

// A channel vector that meets every pixel of a tensor makes rows of a few elements, each of which
// costs as much to start as hundreds of elements to compute. Written out several times over it
// makes rows of up to kMost elements.
class RowRepetition {
 public:
  static constexpr int64_t kMost = kMostWrittenOut;

  explicit RowRepetition(const Broadcast& broadcast) : broadcast_(broadcast) {
    // Axes that both inputs have are merged, so of two one is missing in one input.
    const bool short_rows = broadcast.rank == 2 && broadcast.a_strides[1] == 1 &&
                            broadcast.b_strides[1] == 1 && length() > 0 && length() <= kMost / 4;
    if (!short_rows) return;
    times_ = kMost / length();
    // Whole vectors, of which none holds more than 64 elements.
    const int64_t whole = 64 / std::gcd(int64_t{64}, length());
    if (times_ > whole) times_ -= times_ % whole;
    times_ = std::min(times_, rows());
  }

  bool applies() const { return times_ > 1; }
  bool repeats_a() const { return broadcast_.a_strides[0] == 0; }

  // The rows but the last few, `times` of them as one.
  Broadcast Long() const {
    Broadcast part = broadcast_;
    part.extents = {rows() / times_, times_ * length()};
    (repeats_a() ? part.b_strides : part.a_strides)[0] = part.extents[1];
    return part;
  }
  // Those last ones, as one row; perhaps none.
  Broadcast Rest() const {
    Broadcast part;
    part.extents[0] = rows() % times_ * length();
    part.a_strides[0] = part.b_strides[0] = 1;
    return part;
  }
  template <class T>
  void Fill(const T* once, std::array<T, kMost>& repeated) const {
    std::copy_n(once, length(), repeated.data());
    Repeat(repeated.data(), length(), times_);
  }

 private:
  int64_t rows() const { return broadcast_.extents[0]; }
  int64_t length() const { return broadcast_.extents[1]; }

  const Broadcast& broadcast_;
  int64_t times_ = 1;
};

template <class A, class B, class Body>
void ForEachBoxOf(const ShortRows& rows, Operands<A, B> operands, int64_t piece,
                  const Parallel& parallel, Body body) {
  const int64_t boxes = std::max<int64_t>(1, piece / rows.box_elements());
  ForEachPiece(rows.boxes(), boxes, parallel, [&](int64_t first, int64_t count) {
    for (int64_t box = first; box < first + count; ++box) {
      rows.Run(box, operands, [&](Operands<A, B> in, int64_t output, int64_t elements) {
        Broadcast flat;
        flat.extents[0] = elements;
        flat.a_strides[0] = flat.b_strides[0] = 1;
        body(flat, in, output, RowRange{0, 1});
      });
    }
  });
}

// Calls body(part, operands, offset in the output, rows) so that together all elements are covered,
// about `piece` each.
template <class A, class B, class Body>
void ForEachPairPiece(const Broadcast& broadcast, Operands<A, B> operands, int64_t piece,
                      const Parallel& parallel, Body body) {
  const auto run = [&](const Broadcast& part, PairOffset at, RowRange rows) {
    body(part, Operands<A, B>{operands.a + at.a, operands.b + at.b}, at.output, rows);
  };
  const RowRepetition repetition(broadcast);
  if (!repetition.applies()) {
    const ShortRows rows(broadcast);
    if (!rows.applies()) return ForEachRowPiece(broadcast, piece, parallel, run);
    return ForEachBoxOf(rows, operands, piece, parallel, body);
  }
  std::array<A, RowRepetition::kMost> repeated_a;
  std::array<B, RowRepetition::kMost> repeated_b;
  if (repetition.repeats_a()) {
    repetition.Fill(operands.a, repeated_a);
    operands.a = repeated_a.data();
  } else {
    repetition.Fill(operands.b, repeated_b);
    operands.b = repeated_b.data();
  }
  const Broadcast most = repetition.Long();
  ForEachRowPiece(most, piece, parallel, run);
  const Broadcast rest = repetition.Rest();
  if (rest.extents[0] == 0) return;
  const int64_t done = most.elements();
  const PairOffset at{repetition.repeats_a() ? 0 : done, repetition.repeats_a() ? done : 0, done};
  run(rest, at, RowRange{0, 1});
}

}  // namespace brink::kernels

// How the Winograd kernels store a tile of outputs: with bias, activation and, on demand, pooled;
// compiled once a CPU target.
#if defined(BRINK_KERNELS_WINOGRAD_OUTPUT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_WINOGRAD_OUTPUT_INL_H_
#undef BRINK_KERNELS_WINOGRAD_OUTPUT_INL_H_
#else
#define BRINK_KERNELS_WINOGRAD_OUTPUT_INL_H_
#endif

#include <algorithm>

#include "brink/kernels/conv.h"
#include "brink/kernels/vector_loop-inl.h"
#include "brink/kernels/winograd_transform-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Where a tile's outputs start; y and x are multiples of kOut.
struct TileCorner {
  int batch;
  int y;
  int x;
};

// The place of one tile in the output.
template <int kOut>
class OutputTile {
 public:
  OutputTile(const Conv2dShape& s, FloatRange range, TileCorner at, float* output)
      : s_(s),
        at_(at),
        output_(output),
        low_(hn::Set(kFloat, range.low)),
        high_(hn::Set(kFloat, range.high)),
        channels_(static_cast<size_t>(s.out_channels)),
        rows_(std::min(kOut, s.out_height - at.y)),
        columns_(std::min(kOut, s.out_width - at.x)),
        inside_(at.y + kOut <= s.out_height && at.x + kOut <= s.out_width) {}

  // Stores `count` channels from `c` on; produce(take) hands each of the tile's kOut x kOut values
  // to take(row, column, value), row by row.
  template <class Produce>
  HWY_INLINE void Store(Produce produce, FloatVector bias, size_t c, size_t count) const {
    IsWhole(count) ? StoreCells<true>(produce, bias, c, count)
                   : StoreCells<false>(produce, bias, c, count);
  }

  // The same into the output pooled by 2x2: the windows lie inside tiles, as kOut is even.
  template <class Produce>
  HWY_INLINE void StorePooled(Produce produce, FloatVector bias, size_t c, size_t count) const {
    IsWhole(count) ? StorePooledCells<true>(produce, bias, c, count)
                   : StorePooledCells<false>(produce, bias, c, count);
  }

 private:
  // What every value goes through, held in registers: the compiler would read members of *this anew
  // after each store.
  struct Finish {
    FloatVector bias;
    FloatVector low;
    FloatVector high;
  };

  // Most tiles end at no edge and most vectors are full: those are stored without a question.
  bool IsWhole(size_t count) const { return inside_ && count == kStep; }

  template <bool kWhole, class Produce>
  HWY_INLINE void StoreCells(Produce produce, FloatVector bias, size_t c, size_t count) const {
    const size_t row_floats = static_cast<size_t>(s_.out_width) * channels_;
    const size_t pixel_floats = channels_;
    float* corner = Cell(s_.out_height, s_.out_width, at_.y, at_.x) + c;
    const Finish finish{bias, low_, high_};
    produce([=, this](int row, int column, FloatVector value) BRINK_INLINE_ATTR {
      if (!kWhole && (row >= rows_ || column >= columns_)) return;
      StoreCell<kWhole>(finish, value,
                        corner + static_cast<size_t>(row) * row_floats +
                            static_cast<size_t>(column) * pixel_floats,
                        count);
    });
  }

  template <bool kWhole, class Produce>
  HWY_INLINE void StorePooledCells(Produce produce, FloatVector bias, size_t c,
                                   size_t count) const {
    const int height = (s_.out_height + 1) / 2;
    const int width = (s_.out_width + 1) / 2;
    const size_t row_floats = static_cast<size_t>(width) * channels_;
    const size_t pixel_floats = channels_;
    float* corner = Cell(height, width, at_.y / 2, at_.x / 2) + c;
    const Finish finish{bias, low_, high_};
    FloatVector most[kOut / 2];
    produce([=, this, &most](int row, int column, FloatVector value) BRINK_INLINE_ATTR {
      const bool inside = kWhole || (row < rows_ && column < columns_);
      FloatVector& cell = most[column / 2];
      if (row % 2 == 0 && column % 2 == 0) {
        cell = value;
      } else if (inside) {
        cell = hn::Max(cell, value);
      }
      const bool last = row % 2 == 1 && column % 2 == 1;
      if (!last || (!kWhole && (row - 1 >= rows_ || column - 1 >= columns_))) return;
      StoreCell<kWhole>(finish, cell,
                        corner + static_cast<size_t>(row / 2) * row_floats +
                            static_cast<size_t>(column / 2) * pixel_floats,
                        count);
    });
  }

  float* Cell(int height, int width, int y, int x) const {
    const auto row =
        static_cast<size_t>(at_.batch) * static_cast<size_t>(height) + static_cast<size_t>(y);
    return output_ + (row * static_cast<size_t>(width) + static_cast<size_t>(x)) * channels_;
  }
  template <bool kWhole>
  static HWY_INLINE void StoreCell(const Finish& finish, FloatVector value, float* to,
                                   size_t count) {
    value = ClampTo(finish.low, finish.high, hn::Add(value, finish.bias));
    if (kWhole || count == kStep) {
      hn::StoreU(value, kFloat, to);
    } else {
      StorePart(value, to, count);
    }
  }

  const Conv2dShape& s_;
  TileCorner at_;
  float* output_;
  FloatVector low_;
  FloatVector high_;
  size_t channels_;
  int rows_;
  int columns_;
  bool inside_;
};

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_WINOGRAD_OUTPUT_INL_H_

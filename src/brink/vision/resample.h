// A picture at another size, row by row: bilinear with half-pixel centres and clamped edges, as
// OpenCV's INTER_LINEAR (whose answers on 8 bits are within one level of these, being rounded in
// between).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "brink/vision/pixels.h"
#include "brink/vision/row_loops.h"

namespace brink::vision {

// Gives the rows of a picture resized to width x height, as float RGB (or BGR) levels 0..255. YUV
// is resized sample by sample, each pixel with its nearest chroma, and then converted: but for the
// rounding as if ToImage came first. Neighbouring rows share work, so ask for them in order. The
// pixels outlive this. Not for two threads at once.
class Resampler {
 public:
  // width, height >= 1; `swap_red_blue` gives BGR.
  Resampler(const PixelsView& picture, int width, int height, bool swap_red_blue);

  // Row y in [0, height): [width, 3], valid until the next call.
  std::span<const float> Row(int y);

 private:
  struct Tap {  // one output place on an axis: between pixels `first` and `second`, `weight` of the
                // second
    int first = 0;
    int second = 0;
    float weight = 0;
  };
  static std::vector<Tap> Taps(int from, int to);

  // The same for a plane of YUV: first samples as bytes from the row's beginning, second ones
  // `step` bytes behind them. A tap whose two are one has no weight. Padded, as all rows of YUV.
  struct PlaneTaps {
    std::vector<uint32_t> first;
    std::vector<float> weights;
    uint32_t step = 0;
  };
  // A source row, resized along x.
  struct Kept {
    int y = -1;
    std::vector<float> levels;
  };
  using KeptRows = std::array<Kept, 2>;  // the last two

  static Kept& Place(KeptRows& rows, int y);
  PlaneTaps TapsOfPlane(size_t plane) const;
  const float* RgbRow(int y);
  bool MayReadWords(size_t plane, int sample_row) const;
  void ReadWords(const PlaneTaps& taps, const uint8_t* source);
  void ResizeSamples(size_t plane, int sample_row, const uint8_t* source, float* out);
  bool ResizePairs(int sample_row, int y, float* out);
  const float* LumaRow(int y);
  const float* ChromaRow(int y);
  YuvRow PlanesRow(int y);

  const PixelsView picture_;
  const bool swap_red_blue_;
  const YuvToRgb to_rgb_;
  std::vector<Tap> columns_;
  const size_t padded_;  // elements of a row of YUV
  std::vector<Tap> rows_;
  std::array<PlaneTaps, 3> plane_columns_;  // of YUV
  KeptRows kept_;                           // of RGB, or of Y
  KeptRows chroma_;                         // of U, then V
  std::vector<float> row_;                  // RGB
  std::vector<uint32_t> words_;             // both samples of each tap of a row
};

}  // namespace brink::vision

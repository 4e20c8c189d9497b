#include "brink/camera/stages/motion_gate.h"

#include <algorithm>
#include <cmath>

namespace brink::camera {
namespace {

constexpr int kMostColumns = 64;
constexpr int kSamplesPerSide = 4;      // of a cell
constexpr float kFollow = .05f;         // how fast the background follows what it sees
constexpr float kFollowMotion = .005f;  // and where something moves: what stays becomes background
constexpr float kNoises = 4;  // a cell that flickers must differ by so many times its noise

}  // namespace

// The mean of a few samples a cell: of luma, or of green, which is most of it.
void MotionGate::Shrink(const vision::PixelsView& picture) {
  const size_t plane = picture.is_yuv ? 0 : 1;
  const size_t step = picture.steps[plane];
  std::fill(cells_.begin(), cells_.end(), 0.f);
  for (int y = 0; y < rows_ * kSamplesPerSide; ++y) {
    const int from_y =
        static_cast<int>((int64_t{2} * y + 1) * height_ / (int64_t{2} * rows_ * kSamplesPerSide));
    const uint8_t* row = picture.Row(plane, from_y);
    float* cells =
        cells_.data() + static_cast<size_t>(y / kSamplesPerSide) * static_cast<size_t>(columns_);
    for (int x = 0; x < columns_ * kSamplesPerSide; ++x) {
      const int from_x = static_cast<int>((int64_t{2} * x + 1) * width_ /
                                          (int64_t{2} * columns_ * kSamplesPerSide));
      cells[x / kSamplesPerSide] += row[static_cast<size_t>(from_x) * step];
    }
  }
  for (float& cell : cells_) cell /= kSamplesPerSide * kSamplesPerSide;
}

bool MotionGate::Moved(const vision::PixelsView& picture) {
  // The middle of all differences is the light's.
  sorted_.resize(cells_.size());
  for (size_t k = 0; k < cells_.size(); ++k) sorted_[k] = cells_[k] - background_[k];
  const auto middle = sorted_.begin() + static_cast<std::ptrdiff_t>(sorted_.size() / 2);
  std::nth_element(sorted_.begin(), middle, sorted_.end());
  const float light = *middle;
  int left = columns_;
  int top = rows_;
  int right = -1;
  int bottom = -1;
  size_t changed = 0;
  for (size_t k = 0; k < cells_.size(); ++k) {
    const float difference = std::abs(cells_[k] - background_[k] - light);
    const bool moves = difference > std::max(options_.least_change, kNoises * noise_[k]);
    const float follow = moves ? kFollowMotion : kFollow;
    noise_[k] += follow * (difference - noise_[k]);
    background_[k] += follow * (cells_[k] - background_[k]);
    if (!moves || ignored_[k]) continue;
    ++changed;
    const int column = static_cast<int>(k) % columns_;
    const int row = static_cast<int>(k) / columns_;
    left = std::min(left, column);
    right = std::max(right, column);
    top = std::min(top, row);
    bottom = std::max(bottom, row);
  }
  const float share = static_cast<float>(changed) / static_cast<float>(cells_.size());
  if (changed == 0 || share < options_.least_share) return false;
  moved_ = {.left = left * picture.width / columns_,
            .top = top * picture.height / rows_,
            .width = (right - left + 1) * picture.width / columns_,
            .height = (bottom - top + 1) * picture.height / rows_};
  return true;
}

void MotionGate::Begin(const vision::PixelsView& picture) {
  width_ = picture.width;
  height_ = picture.height;
  columns_ = std::min(kMostColumns, width_);
  rows_ = std::clamp(columns_ * height_ / width_, 1, std::min(height_, 4 * kMostColumns));
  cells_.resize(static_cast<size_t>(columns_) * static_cast<size_t>(rows_));
  ignored_.assign(cells_.size(), false);
  for (size_t k = 0; k < cells_.size(); ++k) {
    const int column = static_cast<int>(k) % columns_;
    const int row = static_cast<int>(k) / columns_;
    const Point middle = {(static_cast<float>(column) + .5f) / static_cast<float>(columns_),
                          (static_cast<float>(row) + .5f) / static_cast<float>(rows_)};
    ignored_[k] = std::any_of(options_.ignored.begin(), options_.ignored.end(),
                              [&](const Zone& zone) { return Contains(zone, middle); });
  }
}

bool MotionGate::Opens(const vision::PixelsView& picture, Time time) {
  moved_ = {};
  const bool first = picture.width != width_ || picture.height != height_;
  if (first) Begin(picture);
  Shrink(picture);
  bool opens = first;
  if (first) {
    background_ = cells_;
    noise_.assign(cells_.size(), 0);
  } else if (Moved(picture)) {
    opens = true;
    open_until_ = time + options_.hold;
  }
  const bool due = options_.refresh.count() > 0 && time - looked_ >= options_.refresh;
  opens = opens || due || time < open_until_;
  if (opens) looked_ = time;
  return opens;
}

}  // namespace brink::camera

#include "brink/kernels/non_max_suppression.h"

#include <algorithm>
#include <cmath>

namespace brink::kernels {
namespace {

struct Candidate {
  float score;
  int32_t box;
  int32_t compared;  // with so many of the selected
};

bool IsWorse(const Candidate& a, const Candidate& b) {
  return a.score < b.score || (a.score == b.score && a.box > b.box);
}

Corners Ordered(const Corners& box) {
  return {std::min(box.y_min, box.y_max), std::min(box.x_min, box.x_max),
          std::max(box.y_min, box.y_max), std::max(box.x_min, box.x_max)};
}

// Compares the candidate with what was selected since it last was, the latest first. False: it is
// dropped; else its score may have fallen.
bool Survives(const Suppression& suppression, std::span<const Corners> boxes,
              std::span<const int32_t> selected, Candidate& candidate) {
  const Corners box = Ordered(boxes[static_cast<size_t>(candidate.box)]);
  for (auto j = static_cast<int32_t>(selected.size()) - 1; j >= candidate.compared; --j) {
    const auto other = static_cast<size_t>(selected[static_cast<size_t>(j)]);
    const float overlap = Overlap(box, Ordered(boxes[other]));
    if (overlap >= suppression.overlap) return false;
    if (suppression.sigma > 0) {
      candidate.score *= std::exp(-0.5F / suppression.sigma * overlap * overlap);
    }
    if (!(candidate.score > suppression.score)) return false;
  }
  candidate.compared = static_cast<int32_t>(selected.size());
  return true;
}

}  // namespace

size_t SuppressionScratchBytes(int64_t boxes) {
  return static_cast<size_t>(boxes) * sizeof(Candidate);
}

int SuppressBoxes(const Suppression& suppression, std::span<const Corners> boxes,
                  const float* scores, std::span<int32_t> selected, float* scores_out,
                  std::byte* scratch) {
  auto* heap = reinterpret_cast<Candidate*>(scratch);
  Candidate* end = heap;
  for (size_t i = 0; i < boxes.size(); ++i) {
    if (scores[i] > suppression.score) *end++ = {scores[i], static_cast<int32_t>(i), 0};
  }
  std::make_heap(heap, end, IsWorse);
  size_t found = 0;
  while (found < selected.size() && heap != end) {
    std::pop_heap(heap, end, IsWorse);
    Candidate& best = *--end;
    const float score = best.score;
    if (!Survives(suppression, boxes, selected.first(found), best)) continue;
    if (best.score != score) {
      std::push_heap(heap, ++end, IsWorse);
      continue;
    }
    selected[found] = best.box;
    if (scores_out != nullptr) scores_out[found] = score;
    ++found;
  }
  std::fill(selected.begin() + static_cast<std::ptrdiff_t>(found), selected.end(), 0);
  if (scores_out != nullptr) std::fill(scores_out + found, scores_out + selected.size(), 0.0F);
  return static_cast<int>(found);
}

}  // namespace brink::kernels

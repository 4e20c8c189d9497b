#include "brink/vision/nms.h"

#include <algorithm>
#include <cmath>

namespace brink::vision {
namespace {

bool Finite(const Candidate& candidate) {
  const Box& box = candidate.box;
  return std::isfinite(candidate.score) &&
         std::all_of(box.begin(), box.end(), [](float edge) { return std::isfinite(edge); });
}

bool Better(const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score > b.score : a.index < b.index;
}

float Area(const Box& box) {
  return std::max(box[2] - box[0], 0.f) * std::max(box[3] - box[1], 0.f);
}

}  // namespace

float IntersectionOverUnion(const Box& a, const Box& b) {
  const Box common = {std::max(a[0], b[0]), std::max(a[1], b[1]), std::min(a[2], b[2]),
                      std::min(a[3], b[3])};
  const float shared = Area(common);
  const float joined = Area(a) + Area(b) - shared;
  return joined > 0 ? shared / joined : 0;
}

std::vector<Candidate> SuppressOverlaps(std::vector<Candidate> candidates,
                                        const NmsOptions& options) {
  std::erase_if(candidates, [](const Candidate& candidate) { return !Finite(candidate); });
  const size_t count = std::min(candidates.size(), static_cast<size_t>(options.max_candidates));
  const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(candidates.begin(), end, candidates.end(), Better);
  std::vector<Candidate> kept;
  for (auto candidate = candidates.begin(); candidate != end; ++candidate) {
    const bool overlaps = std::any_of(kept.begin(), kept.end(), [&](const Candidate& better) {
      const bool compete = !options.by_class || better.label == candidate->label;
      return compete && IntersectionOverUnion(better.box, candidate->box) > options.iou_threshold;
    });
    if (!overlaps) kept.push_back(*candidate);
  }
  return kept;
}

}  // namespace brink::vision

#include "brink/vision/decode_segment.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "brink/vision/labels.h"

namespace brink::vision {
namespace {

constexpr size_t kMostRegions = 100;

struct Best {
  size_t index = 0;
  float score = 0;
};

// Of one place; through softmax (of one class: the logistic function) where these are logits.
Best BestOf(std::span<const float> scores, bool logits) {
  const auto best = std::max_element(scores.begin(), scores.end());
  Best found{static_cast<size_t>(best - scores.begin()), *best};
  if (!logits) return found;
  float sum = scores.size() == 1 ? std::exp(-*best) : 0;
  for (const float score : scores) sum += std::exp(score - *best);
  found.score = 1 / sum;
  return found;
}

struct Region {
  size_t places = 0;
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
  float score = 0;  // the sum over its places
  uint8_t label = 0;
};

// Walks over the region that a place belongs to and marks it as seen.
class Walker {
 public:
  Walker(const Segmentation& found, const std::vector<float>& scores)
      : found_(found), scores_(scores), seen_(found.classes.size(), false) {}

  bool seen(size_t place) const { return seen_[place]; }

  Region Walk(size_t start) {
    const int start_x = static_cast<int>(start) % found_.width;
    const int start_y = static_cast<int>(start) / found_.width;
    Region region{.left = start_x,
                  .top = start_y,
                  .right = start_x,
                  .bottom = start_y,
                  .label = found_.classes[start]};
    Visit(start_x, start_y, region.label);
    while (!waiting_.empty()) {
      const auto [x, y] = waiting_.back();
      waiting_.pop_back();
      ++region.places;
      region.score += scores_[Place(x, y)];
      region.left = std::min(region.left, x);
      region.right = std::max(region.right, x);
      region.top = std::min(region.top, y);
      region.bottom = std::max(region.bottom, y);
      Visit(x - 1, y, region.label);
      Visit(x + 1, y, region.label);
      Visit(x, y - 1, region.label);
      Visit(x, y + 1, region.label);
    }
    return region;
  }

 private:
  size_t Place(int x, int y) const {
    return static_cast<size_t>(y) * static_cast<size_t>(found_.width) + static_cast<size_t>(x);
  }
  void Visit(int x, int y, uint8_t label) {
    if (x < 0 || y < 0 || x >= found_.width || y >= found_.height) return;
    const size_t place = Place(x, y);
    if (seen_[place] || found_.classes[place] != label) return;
    seen_[place] = true;
    waiting_.push_back({x, y});
  }

  const Segmentation& found_;
  const std::vector<float>& scores_;
  std::vector<bool> seen_;
  std::vector<std::array<int, 2>> waiting_;
};

std::vector<Region> RegionsOf(const Segmentation& found, const std::vector<float>& scores,
                              float least_share) {
  const float least = least_share * static_cast<float>(found.classes.size());
  Walker walker(found, scores);
  std::vector<Region> regions;
  for (size_t place = 0; place < found.classes.size(); ++place) {
    if (found.classes[place] == Segmentation::kNothing || walker.seen(place)) continue;
    const Region region = walker.Walk(place);
    if (static_cast<float>(region.places) >= least) regions.push_back(region);
  }
  std::stable_sort(regions.begin(), regions.end(),
                   [](const Region& a, const Region& b) { return a.places > b.places; });
  if (regions.size() > kMostRegions) regions.resize(kMostRegions);
  return regions;
}

Detection ToDetection(const Region& region, const Segmentation& found,
                      const std::vector<std::string>& labels) {
  const auto width = static_cast<float>(found.width);
  const auto height = static_cast<float>(found.height);
  return {.label = LabelOf(labels, region.label),
          .label_index = region.label,
          .score = region.score / static_cast<float>(region.places),
          .box = {static_cast<float>(region.left) / width, static_cast<float>(region.top) / height,
                  static_cast<float>(region.right + 1) / width,
                  static_cast<float>(region.bottom + 1) / height}};
}

}  // namespace

Status CheckSegment(const SegmentDecoder& segment, const std::vector<std::string>& labels,
                    const Shape& scores) {
  const auto named = static_cast<int64_t>(labels.size());
  const bool fits = scores.rank() == 4 && scores[0] == 1 && scores.elements() > 0 &&
                    scores[3] <= Segmentation::kNothing && (named == 0 || scores[3] == named);
  if (fits) return {};
  return Fail(Code::kFailedPrecondition,
              "scores '" + segment.scores + "': the card's labels want [1, height, width, " +
                  (named > 0 ? std::to_string(named) : "up to 255 classes") + "], the tensor is " +
                  scores.ToString());
}

Result<Segmentation> DecodeSegment(const SegmentDecoder& segment,
                                   const std::vector<std::string>& labels,
                                   const TensorFloats& scores) {
  BRINK_TRY(CheckSegment(segment, labels, scores.shape));
  const auto classes = static_cast<size_t>(scores.shape[3]);
  const int background = classes > 1 ? segment.background : -1;
  Segmentation found{.width = static_cast<int>(scores.shape[2]),
                     .height = static_cast<int>(scores.shape[1])};
  const size_t places = scores.values.size() / classes;
  found.classes.assign(places, Segmentation::kNothing);
  std::vector<float> best_scores(places);
  for (size_t place = 0; place < places; ++place) {
    const Best best = BestOf(scores.values.subspan(place * classes, classes), segment.logits);
    best_scores[place] = best.score;
    if (static_cast<int>(best.index) == background || !(best.score > segment.score_threshold)) {
      continue;
    }
    found.classes[place] = static_cast<uint8_t>(best.index);
  }
  for (const Region& region : RegionsOf(found, best_scores, segment.least_share)) {
    found.regions.push_back(ToDetection(region, found, labels));
  }
  std::stable_sort(found.regions.begin(), found.regions.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
  return found;
}

}  // namespace brink::vision

#include "brink/kernels/pose.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace brink::kernels {
namespace {

constexpr int kRefinements = 5;      // by short offsets
constexpr int kLongRefinements = 2;  // by long offsets, after the first

// Parent and child, from the nose outwards.
constexpr std::array<std::array<int, 2>, kPoseEdges> kEdges = {{{0, 1},
                                                                {1, 3},
                                                                {0, 2},
                                                                {2, 4},
                                                                {0, 5},
                                                                {5, 7},
                                                                {7, 9},
                                                                {5, 11},
                                                                {11, 13},
                                                                {13, 15},
                                                                {0, 6},
                                                                {6, 8},
                                                                {8, 10},
                                                                {6, 12},
                                                                {12, 14},
                                                                {14, 16}}};

struct Keypoint {
  float score;
  int id;
  PosePoint point;
};
bool IsWorse(const Keypoint& a, const Keypoint& b) { return a.score < b.score; }

// A map [height, width, channels].
struct Map {
  const float* values;
  int height;
  int width;
  int channels;
};

// Inside the map; what is no number is 0.
float Inside(float x, int extent) {
  return std::isnan(x) ? 0 : std::clamp(x, 0.0F, static_cast<float>(extent - 1));
}

// Interpolates; `point` is inside the map.
float Sample(const Map& map, PosePoint point, int channel) {
  const auto top = static_cast<int64_t>(std::floor(point.y));
  const auto bottom = static_cast<int64_t>(std::ceil(point.y));
  const auto left = static_cast<int64_t>(std::floor(point.x));
  const auto right = static_cast<int64_t>(std::ceil(point.x));
  const float down = point.y - static_cast<float>(top);
  const float across = point.x - static_cast<float>(left);
  const auto at = [&](int64_t y, int64_t x) {
    return map.values[(y * map.width + x) * map.channels + channel];
  };
  return (1 - down) * ((1 - across) * at(top, left) + across * at(top, right)) +
         down * ((1 - across) * at(bottom, left) + across * at(bottom, right));
}

// Follows the offsets of y in `channel` and of x `distance` channels on.
PosePoint Follow(const Map& map, PosePoint from, int channel, int distance) {
  return {Inside(from.y + Sample(map, from, channel), map.height),
          Inside(from.x + Sample(map, from, channel + distance), map.width)};
}

float SquaredDistance(PosePoint a, PosePoint b) {
  const float y = b.y - a.y;
  const float x = b.x - a.x;
  return y * y + x * x;
}

float Logistic(float x) { return 1 / (1 + std::exp(-x)); }

// A score that no neighbour exceeds.
bool IsPeak(const Map& scores, int y, int x, int id) {
  const auto at = [&](int row, int column) {
    return scores.values[(int64_t{row} * scores.width + column) * scores.channels + id];
  };
  for (int row = std::max(y - 1, 0); row < std::min(y + 2, scores.height); ++row) {
    for (int column = std::max(x - 1, 0); column < std::min(x + 2, scores.width); ++column) {
      if (at(row, column) > at(y, x)) return false;
    }
  }
  return true;
}

class Decoding {
 public:
  Decoding(const PoseDecoder& decoder, const PoseMaps& maps)
      : decoder_(decoder),
        scores_{maps.scores, maps.height, maps.width, kKeypoints},
        short_{maps.short_offsets, maps.height, maps.width, 2 * kKeypoints},
        mid_{maps.mid_offsets, maps.height, maps.width, 4 * kPoseEdges} {}

  std::vector<Pose> Run() {
    std::vector<Keypoint> roots = Roots();
    std::vector<Pose> poses;
    while (static_cast<int>(poses.size()) < decoder_.most && !roots.empty()) {
      std::pop_heap(roots.begin(), roots.end(), IsWorse);
      const Keypoint root = roots.back();
      roots.pop_back();
      const bool hidden = std::any_of(poses.begin(), poses.end(), [&](const Pose& pose) {
        return IsNear(root.point, pose.points[static_cast<size_t>(root.id)]);
      });
      if (hidden) continue;
      Pose pose = PoseFrom(root);
      if (pose.score >= decoder_.score_threshold) poses.push_back(pose);
    }
    Rescore(poses);
    for (Pose& pose : poses) {
      for (PosePoint& point : pose.points)
        point = {point.y * decoder_.stride, point.x * decoder_.stride};
    }
    return poses;
  }

 private:
  bool IsNear(PosePoint a, PosePoint b) const {
    return SquaredDistance(a, b) <= decoder_.radius * decoder_.radius;
  }

  // A heap of the peaks of all score maps.
  std::vector<Keypoint> Roots() const {
    const float threshold =
        -std::log(1 / (decoder_.score_threshold + std::numeric_limits<float>::epsilon()) - 1);
    std::vector<Keypoint> roots;
    for (int y = 0; y < scores_.height; ++y) {
      for (int x = 0; x < scores_.width; ++x) {
        const PosePoint place = {static_cast<float>(y), static_cast<float>(x)};
        for (int id = 0; id < kKeypoints; ++id) {
          const float score = Sample(scores_, place, id);
          if (score >= threshold && IsPeak(scores_, y, x, id))
            roots.push_back({score, id, Follow(short_, place, id, kKeypoints)});
        }
      }
    }
    std::make_heap(roots.begin(), roots.end(), IsWorse);
    return roots;
  }

  PosePoint Neighbour(PosePoint from, int edge_channel, int id) const {
    PosePoint point = Follow(mid_, from, edge_channel, kPoseEdges);
    for (int i = 0; i < kRefinements; ++i) point = Follow(short_, point, id, kKeypoints);
    return point;
  }

  // Walks the edges from the root, the best known keypoint first.
  Pose PoseFrom(const Keypoint& root) const {
    Pose pose;
    std::array<bool, kKeypoints> is_known{};
    std::vector<Keypoint> heap = {{Sample(scores_, root.point, root.id), root.id, root.point}};
    while (!heap.empty()) {
      std::pop_heap(heap.begin(), heap.end(), IsWorse);
      const Keypoint current = heap.back();
      heap.pop_back();
      const auto id = static_cast<size_t>(current.id);
      if (is_known[id]) continue;
      is_known[id] = true;
      pose.points[id] = current.point;
      pose.scores[id] = Logistic(current.score);
      for (int edge = 0; edge < kPoseEdges; ++edge) {
        const auto [parent, child] = kEdges[static_cast<size_t>(edge)];
        if (current.id != parent && current.id != child) continue;
        const int next = current.id == parent ? child : parent;
        if (is_known[static_cast<size_t>(next)]) continue;
        const int channel = current.id == parent ? edge : edge + 2 * kPoseEdges;
        const PosePoint point = Neighbour(current.point, channel, next);
        heap.push_back({Sample(scores_, point, next), next, point});
        std::push_heap(heap.begin(), heap.end(), IsWorse);
      }
    }
    pose.score = std::accumulate(pose.scores.begin(), pose.scores.end(), 0.0F) / kKeypoints;
    return pose;
  }

  // Keypoints that a better pose's hide count nothing; what then is below the threshold goes.
  void Rescore(std::vector<Pose>& poses) const {
    const auto is_better = [](const Pose& a, const Pose& b) { return a.score > b.score; };
    std::stable_sort(poses.begin(), poses.end(), is_better);
    for (size_t i = 0; i < poses.size(); ++i) {
      float sum = 0;
      for (size_t k = 0; k < kKeypoints; ++k) {
        const bool hidden = std::any_of(
            poses.begin(), poses.begin() + static_cast<std::ptrdiff_t>(i),
            [&](const Pose& better) { return IsNear(poses[i].points[k], better.points[k]); });
        if (!hidden) sum += poses[i].scores[k];
      }
      poses[i].score = sum / kKeypoints;
    }
    std::stable_sort(poses.begin(), poses.end(), is_better);
    std::erase_if(poses,
                  [&](const Pose& pose) { return !(pose.score >= decoder_.score_threshold); });
  }

  PoseDecoder decoder_;
  Map scores_;
  Map short_;
  Map mid_;
};

}  // namespace

std::vector<Pose> DecodePoses(const PoseDecoder& decoder, const PoseMaps& maps) {
  return Decoding(decoder, maps).Run();
}

void MaskPoses(std::span<const Pose> poses, float stride, const LongOffsets& offsets,
               float* masks) {
  const Map map{offsets.offsets, offsets.height, offsets.width, 2 * kKeypoints};
  const int64_t places = int64_t{map.height} * map.width;
  std::fill_n(masks, places * static_cast<int64_t>(poses.size()), 0.0F);
  if (poses.empty()) return;
  for (int64_t place = 0; place < places; ++place) {
    std::array<PosePoint, kKeypoints> led;
    for (int id = 0; id < kKeypoints; ++id) {
      PosePoint point = {static_cast<float>(place / map.width),
                         static_cast<float>(place % map.width)};
      for (int i = 0; i <= kLongRefinements; ++i) point = Follow(map, point, id, kKeypoints);
      led[static_cast<size_t>(id)] = {point.y * stride, point.x * stride};
    }
    size_t nearest = 0;
    float least = std::numeric_limits<float>::infinity();
    for (size_t i = 0; i < poses.size(); ++i) {
      float distance = 0;
      for (size_t k = 0; k < kKeypoints; ++k)
        distance += SquaredDistance(led[k], poses[i].points[k]);
      if (distance < least) nearest = i;
      least = std::min(least, distance);
    }
    masks[static_cast<int64_t>(nearest) * places + place] = 1;
  }
}

}  // namespace brink::kernels

#include "brink/kernels/detection.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace brink::kernels {
namespace {

// A detection on its way to the output.
struct Found {
  float score;
  int32_t box;
  int32_t label;
};

// Scratch memory: decoded boxes, a score each, candidates' indices, findings.
struct Memory {
  Corners* corners;
  float* scores;
  int32_t* order;
  int32_t* labels;
  Found* found;

  Memory(const DetectionProblem& p, std::byte* scratch) {
    const auto boxes = static_cast<size_t>(p.boxes);
    corners = reinterpret_cast<Corners*>(scratch);
    scores = reinterpret_cast<float*>(corners + boxes);
    order = reinterpret_cast<int32_t*>(scores + boxes);
    labels = order + boxes;
    found = reinterpret_cast<Found*>(labels + p.columns);
  }
};

// Findings of all classes so far and of the next one.
int64_t MostFound(const DetectionProblem& p) {
  return int64_t{p.most_detections} + std::min(p.most_per_class, p.boxes);
}

void Decode(const DetectionProblem& p, const DetectionInputs& in, Corners* corners) {
  for (int i = 0; i < p.boxes; ++i) {
    const float* box = in.boxes + int64_t{4} * i;
    const float* anchor = in.anchors + int64_t{4} * i;
    const float y = box[0] / p.y_scale * anchor[2] + anchor[0];
    const float x = box[1] / p.x_scale * anchor[3] + anchor[1];
    const float half_height = 0.5F * std::exp(box[2] / p.h_scale) * anchor[2];
    const float half_width = 0.5F * std::exp(box[3] / p.w_scale) * anchor[3];
    corners[i] = {y - half_height, x - half_width, y + half_height, x + half_width};
  }
}

// Keeps the best boxes that do not overlap a better one, at most `limit`, in falling order; the
// kept ones are the first of memory.order.
int Suppress(const DetectionProblem& p, const Memory& memory, int limit) {
  int32_t* end = memory.order;
  for (int32_t i = 0; i < p.boxes; ++i) {
    if (memory.scores[i] >= p.score_threshold) *end++ = i;
  }
  std::sort(memory.order, end, [&](int32_t a, int32_t b) {
    return memory.scores[a] > memory.scores[b] || (memory.scores[a] == memory.scores[b] && a < b);
  });
  int kept = 0;
  for (const int32_t* candidate = memory.order; candidate != end && kept < limit; ++candidate) {
    const int32_t box = *candidate;
    const bool hidden = std::any_of(memory.order, memory.order + kept, [&](int32_t better) {
      return Overlap(memory.corners[better], memory.corners[box]) > p.iou_threshold;
    });
    if (!hidden) memory.order[kept++] = box;
  }
  return kept;
}

// NaN loses against every number.
float Comparable(float score) {
  return std::isnan(score) ? -std::numeric_limits<float>::infinity() : score;
}

int DetectByBestClass(const DetectionProblem& p, const DetectionInputs& in,
                      const DetectionOutputs& out, const Memory& memory) {
  const int background = p.columns - p.classes;
  const auto row = [&](int box) { return in.scores + int64_t{box} * p.columns + background; };
  for (int i = 0; i < p.boxes; ++i) {
    memory.scores[i] = *std::max_element(
        row(i), row(i) + p.classes, [](float a, float b) { return Comparable(a) < Comparable(b); });
  }
  const int kept = Suppress(p, memory, p.most_detections);
  const int labels = std::min(p.most_classes, p.classes);
  size_t place = 0;
  for (int i = 0; i < kept; ++i) {
    const int32_t box = memory.order[i];
    const float* scores = row(box);
    std::iota(memory.labels, memory.labels + p.classes, 0);
    std::partial_sort(memory.labels, memory.labels + labels, memory.labels + p.classes,
                      [&](int32_t a, int32_t b) {
                        const float x = Comparable(scores[a]);
                        const float y = Comparable(scores[b]);
                        return x > y || (x == y && a < b);
                      });
    for (int k = 0; k < labels && place < out.scores.size(); ++k, ++place) {
      out.boxes[place] = memory.corners[box];
      out.classes[place] = static_cast<float>(memory.labels[k]);
      out.scores[place] = scores[memory.labels[k]];
    }
  }
  return static_cast<int>(place);
}

int DetectByEachClass(const DetectionProblem& p, const DetectionInputs& in,
                      const DetectionOutputs& out, const Memory& memory) {
  const int background = p.columns - p.classes;
  int count = 0;
  for (int label = 0; label < p.classes; ++label) {
    for (int i = 0; i < p.boxes; ++i) {
      memory.scores[i] = in.scores[int64_t{i} * p.columns + background + label];
    }
    const int kept = Suppress(p, memory, std::min(p.most_per_class, p.boxes));
    for (int i = 0; i < kept; ++i) {
      const int32_t box = memory.order[i];
      memory.found[count + i] = {memory.scores[box], box, label};
    }
    std::stable_sort(memory.found, memory.found + count + kept,
                     [](const Found& a, const Found& b) { return a.score > b.score; });
    count = std::min(count + kept, p.most_detections);
  }
  for (int i = 0; i < count; ++i) {
    const Found& found = memory.found[i];
    const auto place = static_cast<size_t>(i);
    out.boxes[place] = memory.corners[found.box];
    out.classes[place] = static_cast<float>(found.label);
    out.scores[place] = found.score;
  }
  return count;
}

}  // namespace

float Overlap(const Corners& a, const Corners& b) {
  const float a_area = (a.y_max - a.y_min) * (a.x_max - a.x_min);
  const float b_area = (b.y_max - b.y_min) * (b.x_max - b.x_min);
  if (!(a_area > 0) || !(b_area > 0)) return 0;
  const float height = std::min(a.y_max, b.y_max) - std::max(a.y_min, b.y_min);
  const float width = std::min(a.x_max, b.x_max) - std::max(a.x_min, b.x_min);
  const float common = std::max(height, 0.0F) * std::max(width, 0.0F);
  return common / (a_area + b_area - common);
}

int64_t DetectionPlaces(const DetectionProblem& p) {
  return int64_t{p.most_detections} * p.most_classes;
}

size_t DetectionScratchBytes(const DetectionProblem& p) {
  const auto boxes = static_cast<size_t>(p.boxes);
  return boxes * (sizeof(Corners) + sizeof(float) + sizeof(int32_t)) +
         static_cast<size_t>(p.columns) * sizeof(int32_t) +
         static_cast<size_t>(MostFound(p)) * sizeof(Found);
}

int Detect(const DetectionProblem& p, const DetectionInputs& inputs,
           const DetectionOutputs& outputs, std::byte* scratch) {
  const Memory memory(p, scratch);
  Decode(p, inputs, memory.corners);
  std::fill(outputs.boxes.begin(), outputs.boxes.end(), Corners{});
  std::fill(outputs.classes.begin(), outputs.classes.end(), 0.0F);
  std::fill(outputs.scores.begin(), outputs.scores.end(), 0.0F);
  return p.regular ? DetectByEachClass(p, inputs, outputs, memory)
                   : DetectByBestClass(p, inputs, outputs, memory);
}

}  // namespace brink::kernels

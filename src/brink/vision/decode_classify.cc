#include "brink/vision/decode_classify.h"

#include <algorithm>
#include <cmath>

#include "brink/vision/labels.h"

namespace brink::vision {
namespace {

// exp(x - max) / sum: the largest is subtracted so that nothing overflows.
void Softmax(std::vector<Classification>& classes) {
  float largest = -INFINITY;
  for (const Classification& one : classes) largest = std::max(largest, one.score);
  if (!std::isfinite(largest)) return;
  float sum = 0;
  for (Classification& one : classes) sum += one.score = std::exp(one.score - largest);
  for (Classification& one : classes) one.score /= sum;
}

}  // namespace

Status CheckClassify(const ClassifyDecoder& classify, const std::vector<std::string>& labels,
                     const Shape& scores) {
  const int64_t classes = scores.rank() == 0 ? 0 : scores[scores.rank() - 1];
  const auto named = static_cast<int64_t>(labels.size());
  if (classes >= 1 && scores.elements() == classes && (named == 0 || named == classes)) return {};
  return Fail(Code::kFailedPrecondition, "scores '" + classify.scores +
                                             "': the card's labels want [1, " +
                                             (named > 0 ? std::to_string(named) : "classes") +
                                             "], the tensor is " + scores.ToString());
}

Result<std::vector<Classification>> DecodeClassify(const ClassifyDecoder& classify,
                                                   const std::vector<std::string>& labels,
                                                   const TensorFloats& scores) {
  BRINK_TRY(CheckClassify(classify, labels, scores.shape));
  std::vector<Classification> classes;
  for (size_t k = 0; k < scores.values.size(); ++k) {
    if (std::isnan(scores.values[k])) continue;
    classes.push_back({.label_index = static_cast<int>(k), .score = scores.values[k]});
  }
  if (classify.softmax) Softmax(classes);
  const size_t count = std::min(classes.size(), static_cast<size_t>(classify.top));
  std::partial_sort(classes.begin(), classes.begin() + static_cast<std::ptrdiff_t>(count),
                    classes.end(), [](const Classification& a, const Classification& b) {
                      return a.score != b.score ? a.score > b.score : a.label_index < b.label_index;
                    });
  classes.resize(count);
  for (Classification& one : classes) one.label = LabelOf(labels, one.label_index);
  return classes;
}

}  // namespace brink::vision

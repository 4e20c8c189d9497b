#include "brink/vision/decode_yolo.h"

namespace brink::vision {
namespace {

// Where the numbers of a place lie.
struct Layout {
  size_t places = 0;
  size_t classes = 0;
  size_t place_step = 1;   // from a place to the next
  size_t number_step = 1;  // from a number of a place to its next
  size_t first_score = 4;
};

Layout LayoutOf(const YoloDecoder& yolo, const Shape& shape) {
  const auto first = static_cast<size_t>(shape[1]);
  const auto second = static_cast<size_t>(shape[2]);
  if (yolo.objectness) {
    return {.places = first, .classes = second - 5, .place_step = second, .first_score = 5};
  }
  return {.places = second, .classes = first - 4, .number_step = second};
}

}  // namespace

Status CheckYolo(const YoloDecoder& yolo, const std::vector<std::string>& labels,
                 const Shape& output) {
  const int axis = yolo.objectness ? 2 : 1;
  const int64_t before = yolo.objectness ? 5 : 4;
  const auto named = static_cast<int64_t>(labels.size());
  const bool fits = output.rank() == 3 && output[0] == 1 && output[1] > 0 && output[2] > 0 &&
                    output[axis] > before && (named == 0 || output[axis] == before + named);
  if (fits) return {};
  const std::string numbers =
      named > 0 ? std::to_string(before + named) : std::to_string(before) + " + classes";
  return Fail(
      Code::kFailedPrecondition,
      "output '" + yolo.output + "': the card's head and labels want " +
          (yolo.objectness ? "[1, places, " + numbers + "]" : "[1, " + numbers + ", places]") +
          ", the tensor is " + output.ToString());
}

Result<std::vector<Detection>> DecodeYolo(const YoloDecoder& yolo,
                                          const std::vector<std::string>& labels,
                                          const InputSize& input, const TensorFloats& output) {
  BRINK_TRY(CheckYolo(yolo, labels, output.shape));
  const Layout at = LayoutOf(yolo, output.shape);
  const float width = yolo.pixels ? static_cast<float>(input.width) : 1;
  const float height = yolo.pixels ? static_cast<float>(input.height) : 1;
  std::vector<Candidate> candidates;
  for (size_t place = 0; place < at.places; ++place) {
    const float* numbers = output.values.data() + place * at.place_step;
    const auto number = [&](size_t k) { return numbers[k * at.number_step]; };
    const float objectness = yolo.objectness ? number(4) : 1;
    if (!(objectness > yolo.score_threshold)) continue;  // no score is above it
    size_t best = 0;
    for (size_t k = 1; k < at.classes; ++k) {
      if (number(at.first_score + k) > number(at.first_score + best)) best = k;
    }
    const float score = objectness * number(at.first_score + best);
    if (!(score > yolo.score_threshold)) continue;
    const float x = number(0) / width;
    const float y = number(1) / height;
    const float half_width = number(2) / width / 2;
    const float half_height = number(3) / height / 2;
    candidates.push_back({.box = {x - half_width, y - half_height, x + half_width, y + half_height},
                          .score = score,
                          .index = static_cast<int>(place),
                          .label = static_cast<int>(best)});
  }
  return ToDetections(SuppressOverlaps(std::move(candidates), yolo.nms), labels);
}

}  // namespace brink::vision

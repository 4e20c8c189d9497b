#include "brink/vision/read_outputs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "brink/vision/decode_blazeface.h"
#include "brink/vision/decode_classify.h"
#include "brink/vision/decode_postprocess.h"
#include "brink/vision/decode_segment.h"
#include "brink/vision/decode_ssd.h"
#include "brink/vision/decode_yolo.h"

namespace brink::vision {
namespace {

using Outputs = std::vector<WantedOutput>;
using Labels = std::vector<std::string>;
using Shapes = std::span<const Shape>;
using Floats = std::span<const TensorFloats>;

// A decoder is one overload each of Wanted, Check and Read.

Outputs Wanted(const std::monostate& /*none*/) { return {}; }
Outputs Wanted(const SsdDecoder& ssd) {
  return {{"decoder.boxes", ssd.boxes}, {"decoder.scores", ssd.scores}};
}
Outputs Wanted(const ClassifyDecoder& one) { return {{"decoder.scores", one.scores}}; }
Outputs Wanted(const PostProcessDecoder& one) {
  return {{"decoder.boxes", one.boxes},
          {"decoder.classes", one.classes},
          {"decoder.scores", one.scores},
          {"decoder.count", one.count}};
}
Outputs Wanted(const YoloDecoder& yolo) { return {{"decoder.output", yolo.output}}; }
Outputs Wanted(const BlazeFaceDecoder& face) {
  return {{"decoder.boxes", face.boxes}, {"decoder.scores", face.scores}};
}
Outputs Wanted(const SegmentDecoder& segment) { return {{"decoder.scores", segment.scores}}; }

Status Check(const std::monostate& /*none*/, const Labels& /*labels*/, Shapes /*shapes*/) {
  return {};
}
Status Check(const SsdDecoder& ssd, const Labels& labels, Shapes shapes) {
  return CheckSsd(ssd, labels, shapes[0], shapes[1]);
}
Status Check(const ClassifyDecoder& classify, const Labels& labels, Shapes shapes) {
  return CheckClassify(classify, labels, shapes[0]);
}
Status Check(const PostProcessDecoder& decoder, const Labels& /*labels*/, Shapes shapes) {
  return CheckPostProcess(decoder, shapes[0], shapes[1], shapes[2], shapes[3]);
}
Status Check(const YoloDecoder& yolo, const Labels& labels, Shapes shapes) {
  return CheckYolo(yolo, labels, shapes[0]);
}
Status Check(const BlazeFaceDecoder& face, const Labels& /*labels*/, Shapes shapes) {
  return CheckBlazeFace(face, shapes[0], shapes[1]);
}
Status Check(const SegmentDecoder& segment, const Labels& labels, Shapes shapes) {
  return CheckSegment(segment, labels, shapes[0]);
}

Result<Found> Read(const std::monostate& /*none*/, const Labels& /*labels*/,
                   const InputSize& /*input*/, Floats /*floats*/) {
  return Found();
}
Result<Found> Read(const SsdDecoder& ssd, const Labels& labels, const InputSize& /*input*/,
                   Floats floats) {
  return DecodeSsd(ssd, labels, floats[0], floats[1]);
}
Result<Found> Read(const ClassifyDecoder& classify, const Labels& labels,
                   const InputSize& /*input*/, Floats floats) {
  return DecodeClassify(classify, labels, floats[0]);
}
Result<Found> Read(const PostProcessDecoder& decoder, const Labels& labels,
                   const InputSize& /*input*/, Floats floats) {
  return DecodePostProcess(decoder, labels, floats[0], floats[1], floats[2], floats[3]);
}
Result<Found> Read(const YoloDecoder& yolo, const Labels& labels, const InputSize& input,
                   Floats floats) {
  return DecodeYolo(yolo, labels, input, floats[0]);
}
Result<Found> Read(const BlazeFaceDecoder& face, const Labels& labels, const InputSize& input,
                   Floats floats) {
  return DecodeBlazeFace(face, labels, input, floats[0], floats[1]);
}
Result<Found> Read(const SegmentDecoder& segment, const Labels& labels, const InputSize& /*input*/,
                   Floats floats) {
  return DecodeSegment(segment, labels, floats[0]);
}

// Boxes relative to the input become boxes relative to the picture, which fills `place` of it.
void MoveToPicture(std::vector<Detection>& detections, const InputSize& input,
                   const Region& place) {
  const auto edge = [](float relative, int whole, int begin, int size) {
    const float at = relative * static_cast<float>(whole) - static_cast<float>(begin);
    return std::clamp(at / static_cast<float>(size), 0.f, 1.f);
  };
  for (Detection& one : detections) {
    one.box = {edge(one.box[0], input.width, place.left, place.width),
               edge(one.box[1], input.height, place.top, place.height),
               edge(one.box[2], input.width, place.left, place.width),
               edge(one.box[3], input.height, place.top, place.height)};
  }
  std::erase_if(detections, [](const Detection& one) {
    return !(one.box[0] < one.box[2] && one.box[1] < one.box[3]);
  });
}

// The part of a grid over the input that lies over the picture.
void CropToPicture(Segmentation& found, const InputSize& input, const Region& place) {
  const auto scaled = [](int at, int from, int to) {
    return static_cast<int>(std::lround(static_cast<double>(at) * to / from));
  };
  const int left = scaled(place.left, input.width, found.width);
  const int top = scaled(place.top, input.height, found.height);
  const int right = scaled(place.left + place.width, input.width, found.width);
  const int bottom = scaled(place.top + place.height, input.height, found.height);
  if (left >= right || top >= bottom) return;
  std::vector<uint8_t> classes;
  for (int y = top; y < bottom; ++y) {
    const auto row = found.classes.begin() + static_cast<std::ptrdiff_t>(y) * found.width;
    classes.insert(classes.end(), row + left, row + right);
  }
  found.classes = std::move(classes);
  found.width = right - left;
  found.height = bottom - top;
}

}  // namespace

std::vector<WantedOutput> WantedOutputs(const Decoder& decoder) {
  return std::visit([](const auto& one) { return Wanted(one); }, decoder);
}

Status CheckOutputs(const Card& card, std::span<const Shape> outputs) {
  return std::visit([&](const auto& one) { return Check(one, card.labels, outputs); },
                    card.decoder);
}

Result<Found> ReadOutputs(const Card& card, const InputSize& input, int width, int height,
                          std::span<const TensorFloats> outputs) {
  auto found = std::visit([&](const auto& one) { return Read(one, card.labels, input, outputs); },
                          card.decoder);
  if (!found || !card.input.letterbox) return found;
  const Region place = PlaceInInput(card.input, input, width, height);
  if (auto* detections = std::get_if<std::vector<Detection>>(&*found)) {
    MoveToPicture(*detections, input, place);
  } else if (auto* segmentation = std::get_if<Segmentation>(&*found)) {
    MoveToPicture(segmentation->regions, input, place);
    CropToPicture(*segmentation, input, place);
  }
  return found;
}

float* ScoreThreshold(Decoder& decoder) {
  return std::visit(
      [](auto& one) -> float* {
        if constexpr (requires { one.score_threshold; }) return &one.score_threshold;
        return nullptr;
      },
      decoder);
}

}  // namespace brink::vision

#include "brink/camera/card_detection.h"

#include "brink/vision/read_outputs.h"

namespace brink::camera {
namespace {

// Of its card's threshold: what the decoder gives the tracker beside the sure detections.
constexpr float kUnsureShare = .4f;

// Regions of a segmentation would melt together below its threshold.
float* ScoreThresholdToLower(vision::Decoder& decoder) {
  if (std::holds_alternative<vision::SegmentDecoder>(decoder)) return nullptr;
  return vision::ScoreThreshold(decoder);
}

}  // namespace

Result<float> LowerThreshold(vision::Card& card) {
  if (std::holds_alternative<std::monostate>(card.decoder)) {
    return Fail(Code::kFailedPrecondition,
                "card '" + card.name + "': a camera needs one with a decoder");
  }
  float* threshold = ScoreThresholdToLower(card.decoder);
  if (threshold == nullptr) return 0.f;
  const float sure_score = *threshold;
  *threshold *= kUnsureShare;
  return sure_score;
}

}  // namespace brink::camera

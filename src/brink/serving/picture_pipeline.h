// A picture through a model by its card: decode, fill the input, run, read what comes out. No
// server in it: `brink predict` uses it as serving/card_predictor does.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "brink/api/message.h"
#include "brink/base/json.h"
#include "brink/base/result.h"
#include "brink/engine/session.h"
#include "brink/vision/card.h"
#include "brink/vision/detection.h"
#include "brink/vision/fill_input.h"
#include "brink/vision/pixels.h"

namespace brink::serving {

struct PictureTimes {
  double decode_ms = 0;      // JPEG or PNG to pixels
  double preprocess_ms = 0;  // pixels to the input tensor
  double inference_ms = 0;
  double postprocess_ms = 0;
};

// What a model says of a picture: by the card's decoder, or its outputs as they are where the card
// has none.
struct PictureAnswer {
  std::variant<std::vector<vision::Detection>, std::vector<vision::Classification>,
               vision::Segmentation, api::Tensors>
      found;
  int width = 0;  // of the picture
  int height = 0;
  PictureTimes times;
};

// {"detections": [{"label", "score", "box": [xmin, ymin, xmax, ymax]}], "image": {"width",
// "height"}, "model": name, "ms":
// {"decode", "preprocess", "inference", "postprocess"}}; "classifications": [{"label", "score"}]
// for a classifier; for a segmentation its regions are "detections", and "segmentation": {"width",
// "height", "png": base64 of a grey picture, whose levels are class indices, 255 for nothing}.
// Boxes are relative to the picture. An answer of tensors has neither list.
json::Value ToJson(const PictureAnswer& answer, std::string_view model_name);

// The outputs that a Plan must compute: those that the user named (none named: the graph's
// outputs), then those that the card's decoder reads beside them.
std::vector<std::string> OutputsToCompute(const model::Graph& graph,
                                          const std::vector<std::string>& named,
                                          const vision::Card& card);

// A card fitted to a Plan. Immutable: any number of threads may run it, each with a session of its
// own.
class PicturePipeline {
 public:
  // Checks the card against the plan's tensors, so that a run fails only for its picture.
  // kFailedPrecondition says what does not fit; kNotFound names a tensor that the plan lacks.
  static Result<PicturePipeline> Create(const engine::Plan& plan, vision::Card card);

  // `session` is of the plan that this was created with. kInvalidArgument for what is not a
  // picture.
  Result<PictureAnswer> Run(engine::Session& session, std::span<const std::byte> picture) const;
  Result<PictureAnswer> Run(engine::Session& session, const vision::PixelsView& picture) const;

  const vision::Card& card() const { return card_; }

 private:
  explicit PicturePipeline(vision::Card card) : card_(std::move(card)) {}
  Status BindOutputs(const engine::Plan& plan);
  Result<decltype(PictureAnswer::found)> ReadOutputs(const engine::Session& session, int width,
                                                     int height) const;

  vision::Card card_;
  int input_ = 0;
  vision::InputSize size_;
  std::vector<int> outputs_;  // of the plan: what the decoder reads, in its order
};

// One picture through one session: PicturePipeline::Create and Run in one.
Result<PictureAnswer> RunPicture(engine::Session& session, const vision::Card& card,
                                 std::span<const std::byte> picture);

}  // namespace brink::serving

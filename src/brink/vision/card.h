// A model card: what a model's file does not say about how to feed it and how to read it. YAML, few
// keys (docs/model-card.md); found by the `card` parameter, beside the model file (NAME.card.yaml),
// or built in by the model's SHA-256.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "brink/base/result.h"
#include "brink/vision/nms.h"

namespace brink::vision {

enum class ColourOrder { kRgb, kBgr, kGrey };

// How pixels become the input tensor: the picture is resized to width x height, then each channel's
// value = (pixel - mean) * scale.
struct InputCard {
  std::string tensor;  // empty: the model's only input
  int width = 0;       // 0: from the tensor's shape
  int height = 0;
  bool letterbox = false;  // proportions kept, in the middle of a border; else stretched
  float pad = 114;         // level of the border, 0..255
  ColourOrder colour = ColourOrder::kRgb;
  std::array<float, 3> mean{0, 0,
                            0};  // in pixel units 0..255, in the order of `colour`; grey uses [0]
  std::array<float, 3> scale{1 / 255.f, 1 / 255.f, 1 / 255.f};
};

// SSD anchors (Liu et al. 2016) as a grid a feature map: see decode_ssd.h for the formulas.
struct SsdDecoder {
  std::string boxes;   // tensor [batch, anchors, 4]
  std::string scores;  // tensor [batch, anchors, classes]
  std::vector<int> feature_maps;
  std::vector<std::vector<float>> sizes;  // a feature map each
  std::vector<float> ratios;
  std::array<float, 4> variances{.1f, .1f, .2f, .2f};
  float score_threshold = .5f;
  NmsOptions nms{.iou_threshold = .4f};
};
// What the operator TFLite_Detection_PostProcess answers: detections after its own suppression.
struct PostProcessDecoder {
  std::string boxes = "TFLite_Detection_PostProcess";      // tensor [1, places, 4]
  std::string classes = "TFLite_Detection_PostProcess:1";  // tensor [1, places]
  std::string scores = "TFLite_Detection_PostProcess:2";   // tensor [1, places]
  std::string count = "TFLite_Detection_PostProcess:3";    // tensor [1]: places that are used
  float score_threshold = .5f;
};
// The head of YOLOv5, or of YOLOv8 and 11: see decode_yolo.h.
struct YoloDecoder {
  std::string output;       // empty: the model's only output
  bool objectness = false;  // as v5 has it
  bool pixels = false;      // boxes in pixels of the input; else relative to it
  float score_threshold = .25f;
  NmsOptions nms{.iou_threshold = .45f, .by_class = true};
};
// Anchors of one size, offsets in pixels: see decode_blazeface.h.
struct BlazeFaceDecoder {
  std::string boxes;   // tensor [1, anchors, 4 or more]
  std::string scores;  // tensor [1, anchors, 1], logits
  std::vector<int> feature_maps;
  std::vector<int> anchors;  // in a cell of each feature map
  float scale = 0;           // what offsets are divided by; 0: the input's width and height
  float score_threshold = .5f;
  NmsOptions nms{.iou_threshold = .3f};
};
// A class for each pixel: see decode_segment.h.
struct SegmentDecoder {
  std::string scores;   // tensor [1, height, width, classes]; empty: the only output
  bool logits = false;  // through softmax, of one class through the logistic function
  int background = 0;   // the class that is nothing, where there is more than one; -1: none
  float score_threshold = .5f;
  float least_share = .001f;  // of the picture: smaller regions are not told of
};
// Scores over classes; the best `top` of them.
struct ClassifyDecoder {
  std::string scores;  // tensor [batch, classes]; empty: the model's only output
  int top = 5;
  bool softmax = false;  // the model gives logits
};
using Decoder = std::variant<std::monostate, SsdDecoder, ClassifyDecoder, PostProcessDecoder,
                             YoloDecoder, BlazeFaceDecoder, SegmentDecoder>;

struct Card {
  std::string name;
  std::vector<std::string> sha256;  // hex of the model files that the card is for; empty: any
  InputCard input;
  std::vector<std::string> labels;
  Decoder decoder;
};

// A card and where it comes from.
struct FoundCard {
  Card card;
  std::string source;  // a path, or "built in"
};

// Parses a card; `name` is its name where the text gives none. Unknown keys, wrong types and values
// out of range are kInvalidArgument naming the line and the key. Labels given as a file are read
// from `directory` ("": refused).
Result<Card> ParseCard(std::string_view yaml, std::string_view name,
                       const std::string& directory = "");
// The card in a file; errors name the path.
Result<Card> ReadCard(const std::string& path);
// The card that brink itself knows for a model file's SHA-256 (hex), if any.
std::optional<Card> BuiltinCard(std::string_view model_sha256);

// The card of a model file: that at `card_path` (kNotFound when it is not there; "": none named),
// else NAME.card.yaml beside NAME.tflite, else a built-in one, else none. A card that is for other
// files (`sha256`) is kFailedPrecondition.
Result<std::optional<FoundCard>> FindCard(const std::string& model_path,
                                          std::string_view model_sha256,
                                          const std::string& card_path = "");

// The tensors that the decoder reads: what a Plan must compute beside the outputs that the user
// named.
std::vector<std::string> DecoderOutputs(const Card& card);

}  // namespace brink::vision

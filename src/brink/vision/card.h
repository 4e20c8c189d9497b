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

namespace brink::vision {

enum class ColourOrder { kRgb, kBgr, kGrey };

// How pixels become the input tensor: value = pixel * scale - mean... per channel, after resizing
// to width x height.
struct InputCard {
  std::string tensor;  // empty: the model's only input
  int width = 0;       // 0: from the tensor's shape
  int height = 0;
  ColourOrder colour = ColourOrder::kRgb;
  std::array<float, 3> mean{0, 0, 0};                           // in pixel units 0..255
  std::array<float, 3> scale{1 / 255.f, 1 / 255.f, 1 / 255.f};  // value = (pixel - mean) * scale
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
  float iou_threshold = .4f;
};
// Scores over classes; the best `top` of them.
struct ClassifyDecoder {
  std::string scores;  // tensor [batch, classes]; empty: the model's only output
  int top = 5;
  bool softmax = false;  // the model gives logits
};
using Decoder = std::variant<std::monostate, SsdDecoder, ClassifyDecoder>;

struct Card {
  std::string name;
  InputCard input;
  std::vector<std::string> labels;
  Decoder decoder;
};

// Unknown keys and wrong types are errors that name the key and the line.
Result<Card> ParseCard(std::string_view yaml, std::string_view name);
// The card that brink itself knows for a model file's SHA-256 (hex), if any.
std::optional<Card> BuiltinCard(std::string_view model_sha256);
// The tensors that the decoder reads: what a Plan must compute beside the outputs that the user
// named.
std::vector<std::string> DecoderOutputs(const Card& card);

}  // namespace brink::vision

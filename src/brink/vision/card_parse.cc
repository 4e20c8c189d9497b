#include "brink/base/yaml.h"
#include "brink/vision/card.h"
#include "brink/vision/card_fields.h"
#include "brink/vision/decoder_parse.h"
#include "brink/vision/labels.h"

namespace brink::vision {
namespace {

constexpr int kMaxPictureSide = 16384;

// One number for all channels, or one a channel.
Status ReadChannels(const yaml::Node& node, const std::string& where, size_t channels,
                    std::array<float, 3>& values) {
  const Range any{-1e6, 1e6};
  if (node.kind != yaml::Node::Kind::kList) {
    BRINK_ASSIGN(const float value, ReadFloat(node, where, any));
    values.fill(value);
    return {};
  }
  if (node.items.size() != channels) {
    return yaml::Unfit(node, where, "a number or a list of " + std::to_string(channels));
  }
  for (size_t channel = 0; channel < channels; ++channel) {
    BRINK_ASSIGN(values[channel], ReadFloat(node.items[channel], where, any));
  }
  return {};
}

Result<ColourOrder> ReadColour(const yaml::Node& node, const std::string& where) {
  BRINK_ASSIGN(const std::string text, yaml::AsText(node, where));
  if (text == "rgb") return ColourOrder::kRgb;
  if (text == "bgr") return ColourOrder::kBgr;
  if (text == "grey") return ColourOrder::kGrey;
  return yaml::Unfit(node, where, "rgb, bgr or grey");
}

Result<InputCard> ReadInput(const yaml::Node& node) {
  BRINK_ASSIGN(auto map, yaml::MapReader::Open(node, "input"));
  InputCard input;
  BRINK_TRY(TakeText(map, "tensor", input.tensor));
  BRINK_TRY(TakeInt(map, "width", 1, kMaxPictureSide, input.width));
  BRINK_TRY(TakeInt(map, "height", 1, kMaxPictureSide, input.height));
  if (const auto* colour = map.Take("colour")) {
    BRINK_ASSIGN(input.colour, ReadColour(*colour, map.Path("colour")));
  }
  if (const auto* fit = map.Take("fit")) {
    BRINK_ASSIGN(const std::string text, yaml::AsText(*fit, map.Path("fit")));
    if (text != "stretch" && text != "letterbox") {
      return yaml::Unfit(*fit, map.Path("fit"), "stretch or letterbox");
    }
    input.letterbox = text == "letterbox";
  }
  BRINK_TRY(TakeFloat(map, "pad", {0, 255}, input.pad));
  const size_t channels = input.colour == ColourOrder::kGrey ? 1 : 3;
  if (const auto* mean = map.Take("mean")) {
    BRINK_TRY(ReadChannels(*mean, map.Path("mean"), channels, input.mean));
  }
  if (const auto* scale = map.Take("scale")) {
    BRINK_TRY(ReadChannels(*scale, map.Path("scale"), channels, input.scale));
  }
  BRINK_TRY(map.Finish());
  return input;
}

Result<std::vector<std::string>> ReadLabels(const yaml::Node& node, const std::string& directory) {
  if (node.kind != yaml::Node::Kind::kList) {
    BRINK_ASSIGN(const std::string file, yaml::AsText(node, "labels"));
    auto labels = ReadLabelFile(directory, file);
    if (!labels)
      return Fail(labels.error().Within("line " + std::to_string(node.line) + ": labels"));
    return labels;
  }
  BRINK_TRY(CheckList(node, "labels", kMaxLabels));
  std::vector<std::string> labels;
  for (const yaml::Node& item : node.items) {
    BRINK_ASSIGN(labels.emplace_back(), yaml::AsText(item, "labels"));
  }
  return labels;
}

Result<std::string> ReadSha256(const yaml::Node& node) {
  BRINK_ASSIGN(std::string hex, yaml::AsText(node, "sha256"));
  if (hex.size() != 64 || hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return yaml::Unfit(node, "sha256", "64 lower-case hexadecimal digits");
  }
  return hex;
}

}  // namespace

Result<Card> ParseCard(std::string_view yaml, std::string_view name, const std::string& directory) {
  BRINK_ASSIGN(const yaml::Node root, yaml::Parse(yaml));
  BRINK_ASSIGN(auto map, yaml::MapReader::Open(root, ""));
  Card card{.name = std::string(name)};
  if (const auto* node = map.Take("name")) {
    BRINK_ASSIGN(card.name, yaml::AsText(*node, "name"));
  }
  if (const auto* node = map.Take("sha256");
      node != nullptr && node->kind == yaml::Node::Kind::kList) {
    for (const yaml::Node& item : node->items) {
      BRINK_ASSIGN(card.sha256.emplace_back(), ReadSha256(item));
    }
  } else if (node != nullptr) {
    BRINK_ASSIGN(card.sha256.emplace_back(), ReadSha256(*node));
  }
  if (const auto* node = map.Take("input")) {
    BRINK_ASSIGN(card.input, ReadInput(*node));
  }
  if (const auto* node = map.Take("labels")) {
    BRINK_ASSIGN(card.labels, ReadLabels(*node, directory));
  }
  if (const auto* node = map.Take("decoder")) {
    BRINK_ASSIGN(card.decoder, ParseDecoder(*node));
  }
  BRINK_TRY(map.Finish());
  return card;
}

}  // namespace brink::vision

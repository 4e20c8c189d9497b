#include <charconv>
#include <cmath>

#include "brink/base/yaml.h"
#include "brink/vision/card.h"
#include "brink/vision/labels.h"

namespace brink::vision {
namespace {

constexpr int kMaxPictureSide = 16384;
constexpr int kMaxCells = 1024;
constexpr size_t kMaxListed = 64;  // feature maps, sizes, ratios
constexpr int64_t kMaxAnchors = int64_t{1} << 20;

struct Range {
  double low;
  double high;
  bool open_low = false;  // `low` itself is out
};

std::string Plain(double number) {
  std::string text = std::to_string(number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

// A number or a fraction of two: "1/255".
Result<float> ReadFloat(const yaml::Node& node, const std::string& where, const Range& range) {
  const size_t slash = node.quoted ? std::string::npos : node.text.find('/');
  double value = 0;
  if (slash != std::string::npos) {
    yaml::Node part{.kind = node.kind, .line = node.line, .text = node.text.substr(0, slash)};
    const auto upper = yaml::AsNumber(part, where);
    part.text = node.text.substr(slash + 1);
    const auto lower = yaml::AsNumber(part, where);
    if (!upper || !lower || *lower == 0)
      return yaml::Unfit(node, where, "a number or a fraction of two");
    value = *upper / *lower;
  } else {
    BRINK_ASSIGN(value, yaml::AsNumber(node, where));
  }
  const bool inside =
      (range.open_low ? value > range.low : value >= range.low) && value <= range.high;
  if (!inside || !std::isfinite(static_cast<float>(value))) {
    return yaml::Unfit(node, where,
                       "a number " + std::string(range.open_low ? "above " : "from ") +
                           Plain(range.low) + " to " + Plain(range.high));
  }
  return static_cast<float>(value);
}

Result<int> ReadInt(const yaml::Node& node, const std::string& where, int low, int high) {
  BRINK_ASSIGN(const int64_t value, yaml::AsInt(node, where));
  if (value < low || value > high) {
    return yaml::Unfit(node, where,
                       "an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return static_cast<int>(value);
}

Status CheckList(const yaml::Node& node, const std::string& where, size_t max) {
  const bool fits =
      node.kind == yaml::Node::Kind::kList && !node.items.empty() && node.items.size() <= max;
  if (!fits) return yaml::Unfit(node, where, "a list of 1 to " + std::to_string(max));
  return {};
}

Result<std::vector<float>> ReadFloats(const yaml::Node& node, const std::string& where,
                                      const Range& range) {
  BRINK_TRY(CheckList(node, where, kMaxListed));
  std::vector<float> values;
  for (const yaml::Node& item : node.items) {
    BRINK_ASSIGN(values.emplace_back(), ReadFloat(item, where, range));
  }
  return values;
}

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
  if (const auto* tensor = map.Take("tensor")) {
    BRINK_ASSIGN(input.tensor, yaml::AsText(*tensor, map.Path("tensor")));
  }
  if (const auto* width = map.Take("width")) {
    BRINK_ASSIGN(input.width, ReadInt(*width, map.Path("width"), 1, kMaxPictureSide));
  }
  if (const auto* height = map.Take("height")) {
    BRINK_ASSIGN(input.height, ReadInt(*height, map.Path("height"), 1, kMaxPictureSide));
  }
  if (const auto* colour = map.Take("colour")) {
    BRINK_ASSIGN(input.colour, ReadColour(*colour, map.Path("colour")));
  }
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

Result<std::vector<std::vector<float>>> ReadSizes(const yaml::Node& node, const std::string& where,
                                                  size_t maps) {
  if (node.kind != yaml::Node::Kind::kList || node.items.size() != maps) {
    return yaml::Unfit(node, where,
                       "a list of " + std::to_string(maps) + " lists, one a feature map");
  }
  std::vector<std::vector<float>> sizes;
  for (const yaml::Node& item : node.items) {
    BRINK_ASSIGN(sizes.emplace_back(), ReadFloats(item, where, {0, 100, true}));
  }
  return sizes;
}

Status ReadAnchors(yaml::MapReader& map, SsdDecoder& ssd) {
  BRINK_ASSIGN(const auto* maps, map.Need("feature_maps"));
  BRINK_TRY(CheckList(*maps, map.Path("feature_maps"), kMaxListed));
  for (const yaml::Node& item : maps->items) {
    BRINK_ASSIGN(ssd.feature_maps.emplace_back(),
                 ReadInt(item, map.Path("feature_maps"), 1, kMaxCells));
  }
  BRINK_ASSIGN(const auto* sizes, map.Need("sizes"));
  BRINK_ASSIGN(ssd.sizes, ReadSizes(*sizes, map.Path("sizes"), ssd.feature_maps.size()));
  BRINK_ASSIGN(const auto* ratios, map.Need("ratios"));
  BRINK_ASSIGN(ssd.ratios, ReadFloats(*ratios, map.Path("ratios"), {0, 100, true}));
  int64_t anchors = 0;
  for (size_t k = 0; k < ssd.feature_maps.size(); ++k) {
    const int64_t cells = int64_t{ssd.feature_maps[k]} * ssd.feature_maps[k];
    anchors += cells * static_cast<int64_t>(ssd.sizes[k].size() + ssd.ratios.size() - 1);
  }
  if (anchors > kMaxAnchors) {
    return yaml::Unfit(*maps, map.Path("feature_maps"),
                       "at most " + std::to_string(kMaxAnchors) + " anchors");
  }
  return {};
}

Result<Decoder> ReadSsd(yaml::MapReader& map) {
  SsdDecoder ssd;
  BRINK_ASSIGN(const auto* boxes, map.Need("boxes"));
  BRINK_ASSIGN(ssd.boxes, yaml::AsText(*boxes, map.Path("boxes")));
  BRINK_ASSIGN(const auto* scores, map.Need("scores"));
  BRINK_ASSIGN(ssd.scores, yaml::AsText(*scores, map.Path("scores")));
  BRINK_TRY(ReadAnchors(map, ssd));
  if (const auto* node = map.Take("variances")) {
    BRINK_ASSIGN(const auto values, ReadFloats(*node, map.Path("variances"), {0, 100, true}));
    if (values.size() != 4) return yaml::Unfit(*node, map.Path("variances"), "a list of 4 numbers");
    std::copy(values.begin(), values.end(), ssd.variances.begin());
  }
  if (const auto* node = map.Take("score_threshold")) {
    BRINK_ASSIGN(ssd.score_threshold, ReadFloat(*node, map.Path("score_threshold"), {0, 1}));
  }
  if (const auto* node = map.Take("iou_threshold")) {
    BRINK_ASSIGN(ssd.iou_threshold, ReadFloat(*node, map.Path("iou_threshold"), {0, 1}));
  }
  return ssd;
}

Result<Decoder> ReadClassify(yaml::MapReader& map) {
  ClassifyDecoder classify;
  if (const auto* node = map.Take("scores")) {
    BRINK_ASSIGN(classify.scores, yaml::AsText(*node, map.Path("scores")));
  }
  if (const auto* node = map.Take("top")) {
    BRINK_ASSIGN(classify.top, ReadInt(*node, map.Path("top"), 1, static_cast<int>(kMaxLabels)));
  }
  if (const auto* node = map.Take("softmax")) {
    BRINK_ASSIGN(classify.softmax, yaml::AsBool(*node, map.Path("softmax")));
  }
  return classify;
}

Result<Decoder> ReadDecoder(const yaml::Node& node) {
  BRINK_ASSIGN(auto map, yaml::MapReader::Open(node, "decoder"));
  BRINK_ASSIGN(const auto* type, map.Need("type"));
  BRINK_ASSIGN(const std::string name, yaml::AsText(*type, map.Path("type")));
  const bool is_ssd = name == "ssd";
  if (!is_ssd && name != "classify") return yaml::Unfit(*type, map.Path("type"), "ssd or classify");
  BRINK_ASSIGN(Decoder decoder, is_ssd ? ReadSsd(map) : ReadClassify(map));
  BRINK_TRY(map.Finish());
  return decoder;
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
    BRINK_ASSIGN(card.decoder, ReadDecoder(*node));
  }
  BRINK_TRY(map.Finish());
  return card;
}

}  // namespace brink::vision

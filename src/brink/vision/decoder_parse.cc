#include "brink/vision/decoder_parse.h"

#include <algorithm>
#include <array>

#include "brink/vision/card_fields.h"
#include "brink/vision/labels.h"

namespace brink::vision {
namespace {

constexpr int kMaxCells = 1024;
constexpr int64_t kMaxAnchors = int64_t{1} << 20;

constexpr Range kShare{0, 1};

// `score_threshold`, `iou_threshold` and `nms` where a decoder has all of them.
Status TakeSuppression(yaml::MapReader& map, float& score_threshold, NmsOptions& nms) {
  BRINK_TRY(TakeFloat(map, "score_threshold", kShare, score_threshold));
  BRINK_TRY(TakeFloat(map, "iou_threshold", kShare, nms.iou_threshold));
  std::string scope = nms.by_class ? "class" : "all";
  const auto* node = map.Take("nms");
  if (node == nullptr) return {};
  BRINK_ASSIGN(scope, yaml::AsText(*node, map.Path("nms")));
  if (scope != "class" && scope != "all")
    return yaml::Unfit(*node, map.Path("nms"), "class or all");
  nms.by_class = scope == "class";
  return {};
}

Status CheckAnchors(const yaml::Node& maps, const std::string& where, int64_t anchors) {
  if (anchors <= kMaxAnchors) return {};
  return yaml::Unfit(maps, where, "at most " + std::to_string(kMaxAnchors) + " anchors");
}

Result<std::vector<int>> ReadCells(const yaml::Node& node, const std::string& where) {
  BRINK_TRY(CheckList(node, where, kMaxListed));
  std::vector<int> cells;
  for (const yaml::Node& item : node.items) {
    BRINK_ASSIGN(cells.emplace_back(), ReadInt(item, where, 1, kMaxCells));
  }
  return cells;
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
  BRINK_ASSIGN(ssd.feature_maps, ReadCells(*maps, map.Path("feature_maps")));
  BRINK_ASSIGN(const auto* sizes, map.Need("sizes"));
  BRINK_ASSIGN(ssd.sizes, ReadSizes(*sizes, map.Path("sizes"), ssd.feature_maps.size()));
  BRINK_ASSIGN(const auto* ratios, map.Need("ratios"));
  BRINK_ASSIGN(ssd.ratios, ReadFloats(*ratios, map.Path("ratios"), {0, 100, true}));
  int64_t anchors = 0;
  for (size_t k = 0; k < ssd.feature_maps.size(); ++k) {
    const int64_t cells = int64_t{ssd.feature_maps[k]} * ssd.feature_maps[k];
    anchors += cells * static_cast<int64_t>(ssd.sizes[k].size() + ssd.ratios.size() - 1);
  }
  return CheckAnchors(*maps, map.Path("feature_maps"), anchors);
}

Result<Decoder> ReadSsd(yaml::MapReader& map) {
  SsdDecoder ssd;
  BRINK_TRY(NeedText(map, "boxes", ssd.boxes));
  BRINK_TRY(NeedText(map, "scores", ssd.scores));
  BRINK_TRY(ReadAnchors(map, ssd));
  if (const auto* node = map.Take("variances")) {
    BRINK_ASSIGN(const auto values, ReadFloats(*node, map.Path("variances"), {0, 100, true}));
    if (values.size() != 4) return yaml::Unfit(*node, map.Path("variances"), "a list of 4 numbers");
    std::copy(values.begin(), values.end(), ssd.variances.begin());
  }
  BRINK_TRY(TakeSuppression(map, ssd.score_threshold, ssd.nms));
  return ssd;
}

Result<Decoder> ReadClassify(yaml::MapReader& map) {
  ClassifyDecoder classify;
  BRINK_TRY(TakeText(map, "scores", classify.scores));
  BRINK_TRY(TakeInt(map, "top", 1, static_cast<int>(kMaxLabels), classify.top));
  BRINK_TRY(TakeBool(map, "softmax", classify.softmax));
  return classify;
}

Result<Decoder> ReadPostProcess(yaml::MapReader& map) {
  PostProcessDecoder decoder;
  BRINK_TRY(TakeText(map, "boxes", decoder.boxes));
  BRINK_TRY(TakeText(map, "classes", decoder.classes));
  BRINK_TRY(TakeText(map, "scores", decoder.scores));
  BRINK_TRY(TakeText(map, "count", decoder.count));
  BRINK_TRY(TakeFloat(map, "score_threshold", kShare, decoder.score_threshold));
  return decoder;
}

Result<Decoder> ReadYolo(yaml::MapReader& map) {
  YoloDecoder yolo;
  BRINK_TRY(TakeText(map, "output", yolo.output));
  BRINK_ASSIGN(const auto* head, map.Need("head"));
  BRINK_ASSIGN(const std::string name, yaml::AsText(*head, map.Path("head")));
  if (name != "v5" && name != "v8" && name != "v11") {
    return yaml::Unfit(*head, map.Path("head"), "v5, v8 or v11");
  }
  yolo.objectness = name == "v5";
  if (const auto* node = map.Take("coordinates")) {
    BRINK_ASSIGN(const std::string text, yaml::AsText(*node, map.Path("coordinates")));
    if (text != "relative" && text != "pixels") {
      return yaml::Unfit(*node, map.Path("coordinates"), "relative or pixels");
    }
    yolo.pixels = text == "pixels";
  }
  BRINK_TRY(TakeSuppression(map, yolo.score_threshold, yolo.nms));
  return yolo;
}

Result<Decoder> ReadBlazeFace(yaml::MapReader& map) {
  BlazeFaceDecoder face;
  BRINK_TRY(NeedText(map, "boxes", face.boxes));
  BRINK_TRY(NeedText(map, "scores", face.scores));
  BRINK_ASSIGN(const auto* maps, map.Need("feature_maps"));
  BRINK_ASSIGN(face.feature_maps, ReadCells(*maps, map.Path("feature_maps")));
  BRINK_ASSIGN(const auto* anchors, map.Need("anchors"));
  BRINK_ASSIGN(face.anchors, ReadCells(*anchors, map.Path("anchors")));
  if (face.anchors.size() != face.feature_maps.size()) {
    return yaml::Unfit(
        *anchors, map.Path("anchors"),
        "a list of " + std::to_string(face.feature_maps.size()) + " integers, one a feature map");
  }
  int64_t count = 0;
  for (size_t k = 0; k < face.anchors.size(); ++k) {
    count += int64_t{face.feature_maps[k]} * face.feature_maps[k] * face.anchors[k];
  }
  BRINK_TRY(CheckAnchors(*maps, map.Path("feature_maps"), count));
  BRINK_TRY(TakeFloat(map, "scale", {0, 1e6, true}, face.scale));
  BRINK_TRY(TakeSuppression(map, face.score_threshold, face.nms));
  return face;
}

Result<Decoder> ReadSegment(yaml::MapReader& map) {
  SegmentDecoder segment;
  BRINK_TRY(TakeText(map, "scores", segment.scores));
  BRINK_TRY(TakeBool(map, "logits", segment.logits));
  BRINK_TRY(TakeInt(map, "background", -1, static_cast<int>(kMaxLabels), segment.background));
  BRINK_TRY(TakeFloat(map, "score_threshold", kShare, segment.score_threshold));
  BRINK_TRY(TakeFloat(map, "least_share", kShare, segment.least_share));
  return segment;
}

struct Type {
  std::string_view name;
  Result<Decoder> (*read)(yaml::MapReader& map);
};
constexpr std::array kTypes = {
    Type{"ssd", ReadSsd},           Type{"postprocess", ReadPostProcess},
    Type{"yolo", ReadYolo},         Type{"blazeface", ReadBlazeFace},
    Type{"classify", ReadClassify}, Type{"segment", ReadSegment},
};

}  // namespace

Result<Decoder> ParseDecoder(const yaml::Node& node) {
  BRINK_ASSIGN(auto map, yaml::MapReader::Open(node, "decoder"));
  BRINK_ASSIGN(const auto* type, map.Need("type"));
  BRINK_ASSIGN(const std::string name, yaml::AsText(*type, map.Path("type")));
  const auto* found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const Type& one) { return one.name == name; });
  if (found == kTypes.end()) {
    std::string names;
    for (const Type& one : kTypes) names += (names.empty() ? "" : ", ") + std::string(one.name);
    return yaml::Unfit(*type, map.Path("type"), "one of " + names);
  }
  BRINK_ASSIGN(Decoder decoder, found->read(map));
  BRINK_TRY(map.Finish());
  return decoder;
}

}  // namespace brink::vision

#include "brink/vision/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "brink/vision/builtin_cards.h"

namespace brink::vision {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kMaskSha256 =
    "d2347acf155858681619bc009368f730288aa0447d2c97209be4a26d9be4e928";

std::string ErrorOf(std::string_view yaml) {
  const auto card = ParseCard(yaml, "test");
  return card ? "parsed" : card.error().message;
}

// A folder of its own for a test that needs files.
class CardFiles : public testing::Test {
 protected:
  CardFiles() {
    folder_ = std::filesystem::temp_directory_path() /
              ("brink_card_test_" + std::to_string(std::random_device()()));
    std::filesystem::create_directories(folder_);
  }
  ~CardFiles() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return Path(name);
  }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

TEST(Card, TheMaskModelsIsBuiltIn) {
  const Card card = BuiltinCard(kMaskSha256).value();
  EXPECT_EQ(card.input.width, 260);
  EXPECT_EQ(card.input.colour, ColourOrder::kRgb);
  EXPECT_FLOAT_EQ(card.input.scale[1], 1 / 255.f);
  EXPECT_THAT(card.labels, ElementsAre("Mask", "NoMask"));
  const auto& ssd = std::get<SsdDecoder>(card.decoder);
  EXPECT_THAT(ssd.feature_maps, ElementsAre(33, 17, 9, 5, 3));
  EXPECT_THAT(ssd.sizes[4], ElementsAre(.64f, .72f));
  EXPECT_THAT(ssd.ratios, ElementsAre(1, .62f, .42f));
  EXPECT_THAT(DecoderOutputs(card),
              ElementsAre("loc_branch_concat_1/concat", "cls_branch_concat_1/concat"));
  EXPECT_FALSE(BuiltinCard("00").has_value());
}

TEST(Card, EveryBuiltInOneParses) {
  EXPECT_FALSE(BuiltinCardTexts().empty());
  for (const CardText& text : BuiltinCardTexts()) {
    const auto card = ParseCard(text.yaml, text.file);
    ASSERT_TRUE(card.has_value()) << text.file << ": " << card.error().message;
    EXPECT_FALSE(card->sha256.empty()) << text.file;
  }
}

TEST(Card, AnEmptyMapIsACardOfDefaults) {
  const Card card = ParseCard("{}", "plain").value();
  EXPECT_EQ(card.name, "plain");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(card.decoder));
  EXPECT_TRUE(DecoderOutputs(card).empty());
  EXPECT_EQ(ErrorOf(""), "line 1: expected a map, got nothing");
}

TEST(Card, ReadsAClassifier) {
  const Card card = ParseCard(
                        "input: {width: 8, height: 9, colour: grey, mean: [255], scale: -1/255}\n"
                        "labels: [0, '1', two]\n"
                        "decoder: {type: classify, scores: probs, top: 2, softmax: true}\n",
                        "digits")
                        .value();
  EXPECT_EQ(card.input.height, 9);
  EXPECT_EQ(card.input.colour, ColourOrder::kGrey);
  EXPECT_EQ(card.input.mean[0], 255);
  EXPECT_FLOAT_EQ(card.input.scale[0], -1 / 255.f);
  EXPECT_THAT(card.labels, ElementsAre("0", "1", "two"));
  const auto& classify = std::get<ClassifyDecoder>(card.decoder);
  EXPECT_EQ(classify.top, 2);
  EXPECT_TRUE(classify.softmax);
  EXPECT_THAT(DecoderOutputs(card), ElementsAre("probs"));
}

TEST(Card, ErrorsNameTheLineAndTheKey) {
  EXPECT_EQ(
      ErrorOf("name: x\nlables: [a]\n"),
      "line 2: the key 'lables' is not known; known here: name, sha256, input, labels, decoder");
  EXPECT_EQ(ErrorOf("input:\n  width: wide\n"),
            "line 2: input.width: expected an integer, got 'wide'");
  EXPECT_EQ(ErrorOf("input: {width: 0}\n"),
            "line 1: input.width: expected an integer from 1 to 16384, got '0'");
  EXPECT_EQ(ErrorOf("input: {colour: red}\n"),
            "line 1: input.colour: expected rgb, bgr or grey, got 'red'");
  EXPECT_EQ(ErrorOf("input: {scale: [1, 2]}\n"),
            "line 1: input.scale: expected a number or a list of 3, got a list");
  EXPECT_EQ(ErrorOf("input: {scale: 1/0}\n"),
            "line 1: input.scale: expected a number or a fraction of two, got '1/0'");
  EXPECT_EQ(ErrorOf("decoder: {type: rcnn}\n"),
            "line 1: decoder.type: expected one of ssd, postprocess, yolo, blazeface, classify, "
            "segment, got 'rcnn'");
  EXPECT_EQ(ErrorOf("decoder: {type: classify, iou_threshold: 1}\n"),
            "line 1: the key 'decoder.iou_threshold' is not known; known here: type, scores, top, "
            "softmax");
  EXPECT_EQ(ErrorOf("decoder:\n  type: ssd\n"), "line 2: the key 'decoder.boxes' is missing");
  EXPECT_EQ(ErrorOf("sha256: abc\n"),
            "line 1: sha256: expected 64 lower-case hexadecimal digits, got 'abc'");
  EXPECT_EQ(ErrorOf("labels: labels.txt\n"),
            "line 1: labels: the card is not in a folder: list the labels in it");
}

TEST(Card, EachDecoderIsReadWithItsKeys) {
  const auto parse = [](const std::string& decoder) {
    return ParseCard("decoder: {" + decoder + "}\n", "x").value().decoder;
  };
  const auto yolo = std::get<YoloDecoder>(
      parse("type: yolo, head: v5, coordinates: pixels, score_threshold: .3, nms: all"));
  EXPECT_TRUE(yolo.objectness && yolo.pixels && !yolo.nms.by_class);
  EXPECT_FLOAT_EQ(yolo.score_threshold, .3f);
  EXPECT_FALSE(std::get<YoloDecoder>(parse("type: yolo, head: v11")).objectness);
  const auto face = std::get<BlazeFaceDecoder>(parse(
      "type: blazeface, boxes: b, scores: s, feature_maps: [16, 8], anchors: [2, 6], nms: class"));
  EXPECT_THAT(face.anchors, ElementsAre(2, 6));
  EXPECT_TRUE(face.nms.by_class);
  const auto post = std::get<PostProcessDecoder>(parse("type: postprocess, count: n"));
  EXPECT_EQ(post.boxes, "TFLite_Detection_PostProcess");
  EXPECT_EQ(post.count, "n");
  const auto segment = std::get<SegmentDecoder>(
      parse("type: segment, logits: true, background: -1, least_share: 1/100"));
  EXPECT_TRUE(segment.logits);
  EXPECT_EQ(segment.background, -1);
}

TEST(Card, ErrorsOfDecodersNameTheKey) {
  EXPECT_EQ(ErrorOf("decoder: {type: yolo, head: v3}\n"),
            "line 1: decoder.head: expected v5, v8 or v11, got 'v3'");
  EXPECT_EQ(ErrorOf("decoder: {type: yolo, head: v8, nms: some}\n"),
            "line 1: decoder.nms: expected class or all, got 'some'");
  EXPECT_EQ(ErrorOf("decoder: {type: yolo, head: v8, coordinates: miles}\n"),
            "line 1: decoder.coordinates: expected relative or pixels, got 'miles'");
  EXPECT_EQ(
      ErrorOf("decoder: {type: blazeface, boxes: b, scores: s, feature_maps: [16, 8], "
              "anchors: [2]}\n"),
      "line 1: decoder.anchors: expected a list of 2 integers, one a feature map, got a list");
  EXPECT_EQ(ErrorOf("decoder: {type: blazeface, boxes: b, scores: s, feature_maps: [1024], "
                    "anchors: [1000]}\n"),
            "line 1: decoder.feature_maps: expected at most 1048576 anchors, got a list");
  EXPECT_EQ(ErrorOf("input: {fit: crop}\n"),
            "line 1: input.fit: expected stretch or letterbox, got 'crop'");
}

TEST(Card, SsdListsMustAgree) {
  const std::string head = "decoder:\n  type: ssd\n  boxes: b\n  scores: s\n  ratios: [1]\n";
  EXPECT_EQ(ErrorOf(head + "  feature_maps: [3, 2]\n  sizes: [[.1]]\n"),
            "line 7: decoder.sizes: expected a list of 2 lists, one a feature map, got a list");
  EXPECT_EQ(ErrorOf(head + "  feature_maps: [3]\n  sizes: [[0]]\n"),
            "line 7: decoder.sizes: expected a number above 0 to 100, got '0'");
  EXPECT_EQ(ErrorOf(head + "  feature_maps: [1024, 1024]\n  sizes: [[.1], [.1]]\n"),
            "line 6: decoder.feature_maps: expected at most 1048576 anchors, got a list");
  EXPECT_EQ(ErrorOf(head + "  feature_maps: [3]\n  sizes: [[.1]]\n  variances: [1]\n"),
            "line 8: decoder.variances: expected a list of 4 numbers, got a list");
}

TEST_F(CardFiles, LabelsComeFromAFileBesideTheCard) {
  Write("names.txt", "cat\r\ndog\n\n\n");
  const Card card = ReadCard(Write("pets.card.yaml", "labels: names.txt\n")).value();
  EXPECT_EQ(card.name, "pets");
  EXPECT_THAT(card.labels, ElementsAre("cat", "dog"));
}

TEST_F(CardFiles, LabelsCannotComeFromElsewhere) {
  const auto up = ReadCard(Write("a.card.yaml", "labels: ../names.txt\n"));
  EXPECT_THAT(
      up.error().message,
      HasSubstr("a.card.yaml: line 1: labels: expected the name of a file beside the card"));
  EXPECT_EQ(ReadCard(Write("b.card.yaml", "labels: none.txt\n")).error().code, Code::kNotFound);
  Write("bad.txt", "ok\n\xff\n");
  EXPECT_THAT(ReadCard(Write("c.card.yaml", "labels: bad.txt\n")).error().message,
              HasSubstr("bad.txt: line 2 is not UTF-8 text"));
}

TEST_F(CardFiles, TheParameterGoesBeforeTheNeighbourBeforeTheBuiltIn) {
  const std::string model = Path("m.tflite");
  EXPECT_FALSE(FindCard(model, "00").value().has_value());
  EXPECT_EQ(FindCard(model, kMaskSha256).value()->source, "built in");
  const std::string beside = Write("m.card.yaml", "name: beside\n");
  EXPECT_EQ(FindCard(model, kMaskSha256).value()->card.name, "beside");
  EXPECT_EQ(FindCard(model, kMaskSha256).value()->source, beside);
  const std::string named = Write("other.yaml", "name: named\n");
  EXPECT_EQ(FindCard(model, kMaskSha256, named).value()->card.name, "named");
  EXPECT_EQ(FindCard(model, kMaskSha256, Path("absent.yaml")).error().code, Code::kNotFound);
}

TEST_F(CardFiles, ACardForAnotherModelIsRefused) {
  Write("m.card.yaml", "sha256: " + std::string(kMaskSha256) + "\n");
  const auto found = FindCard(Path("m.tflite"), std::string(64, '0'));
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, Code::kFailedPrecondition);
  EXPECT_TRUE(FindCard(Path("m.tflite"), kMaskSha256).has_value());
}

TEST(Card, SurvivesMutatedText) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string text(BuiltinCardTexts()[0].yaml);
    for (int k = 0; k < 3; ++k) {
      const size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text.erase(at, 1 + random() % 8);
      } else {
        text[at] = "[]{}:,-?&*!|>'\" \n#09./e"[random() % 23];
      }
    }
    (void)ParseCard(text, "mutated");
  }
}

}  // namespace
}  // namespace brink::vision

// Custom operators: their options, which come from anywhere, and what they compute.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/model/flex_map.h"
#include "brink/ops/one_node.h"

namespace brink::ops {
namespace {

using model::ModelBuilder;
using model::WriteFlexMap;
using testing::ElementsAre;
using testing::HasSubstr;

using Entries = std::map<std::string, std::vector<double>>;

Entries DetectionOptions() {
  return {{"max_detections", {2}},
          {"max_classes_per_detection", {1}},
          {"num_classes", {2}},
          {"nms_score_threshold", {0.1}},
          {"nms_iou_threshold", {0.5}},
          {"y_scale", {1}},
          {"x_scale", {1}},
          {"h_scale", {1}},
          {"w_scale", {1}}};
}

OneNode Detection(const std::vector<std::byte>& options, Type type = Type::kFloat32) {
  ModelBuilder b;
  const Quantization q = type == Type::kFloat32 ? Quantization{} : Quantization{{0.01F}, {0}};
  const int boxes = b.Input("boxes", Type::kFloat32, {1, 2, 4});
  const int scores = b.Input("scores", type, {1, 2, 3}, q);
  const int anchors = b.Constant("anchors", {2, 4}, std::vector<float>{0, 0, 1, 1, 0, 0, 1, 1});
  std::vector<int> outputs;
  for (const char* name : {"boxes_out", "classes", "scores_out", "count"}) {
    outputs.push_back(b.Tensor(name, Type::kFloat32, {1}));
  }
  b.Node("TFLite_Detection_PostProcess", {boxes, scores, anchors}, outputs).custom_options =
      options;
  for (const int output : outputs) b.Output(output);
  return OneNode(b);
}

TEST(DetectionPostProcessTest, FindsBoxes) {
  const auto boxes = Of<float>({1, 2, 4}, {0, 0, 0, 0, 0, 3, 0, 0});
  const auto y = Detection(WriteFlexMap(DetectionOptions()))
                     .Run({boxes.view(), Of<float>({1, 2, 3}, {0, 0.5, 0.9, 0, 0.8, 0.2}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_EQ((*y)[0].shape(), Shape({1, 2, 4}));
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAre(-0.5, -0.5, 0.5, 0.5, -0.5, 2.5, 0.5, 3.5));
  EXPECT_THAT(Values<float>((*y)[1]), ElementsAre(1, 0));
  EXPECT_THAT(Values<float>((*y)[2]), ElementsAre(0.9F, 0.8F));
  EXPECT_THAT(Values<float>((*y)[3]), ElementsAre(2));
}

TEST(DetectionPostProcessTest, ScoresMayBeBytes) {
  const auto boxes = Of<float>({1, 2, 4}, {0, 0, 0, 0, 0, 3, 0, 0});
  const auto y = Detection(WriteFlexMap(DetectionOptions()), Type::kUInt8)
                     .Run({boxes.view(), Of<uint8_t>({1, 2, 3}, {0, 50, 90, 0, 80, 20}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[2]), ElementsAre(testing::FloatEq(0.9F), testing::FloatEq(0.8F)));
}

TEST(DetectionPostProcessTest, OptionsThatMakeNoSenseAreRefused) {
  EXPECT_THAT(Detection({}).Error(), HasSubstr("options of 0 bytes are no flexbuffer"));
  Entries entries = DetectionOptions();
  entries["max_detections"] = {1e9};
  EXPECT_THAT(Detection(WriteFlexMap(entries)).Error(), HasSubstr("a limit of 1000000000"));
  entries = DetectionOptions();
  entries.erase("num_classes");
  EXPECT_THAT(Detection(WriteFlexMap(entries)).Error(), HasSubstr("a limit of 0"));
  entries = DetectionOptions();
  entries["num_classes"] = {7};
  EXPECT_THAT(Detection(WriteFlexMap(entries)).Error(), HasSubstr("3 scores a box for 7 classes"));
  entries = DetectionOptions();
  entries["x_scale"] = {0};
  EXPECT_THAT(Detection(WriteFlexMap(entries)).Error(), HasSubstr("a scale of 0"));
}

}  // namespace
}  // namespace brink::ops

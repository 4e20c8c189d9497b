// Custom operators: their options, which come from anywhere, and what they compute.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/model/flex_map.h"
#include "brink/ops/one_node_testing.h"

namespace brink::ops {
namespace {

using model::ModelBuilder;
using model::WriteFlexMap;
using testing::ElementsAre;
using testing::ElementsAreArray;
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
  EXPECT_THAT(Values<float>((*y)[0]),
              ElementsAreArray({-0.5, -0.5, 0.5, 0.5, -0.5, 2.5, 0.5, 3.5}));
  EXPECT_THAT(Values<float>((*y)[1]), ElementsAreArray({1, 0}));
  EXPECT_THAT(Values<float>((*y)[2]), ElementsAreArray({0.9F, 0.8F}));
  EXPECT_THAT(Values<float>((*y)[3]), ElementsAreArray({2}));
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

OneNode Custom(const char* name, const std::vector<Shape>& inputs, int outputs,
               const std::vector<std::byte>& options) {
  ModelBuilder b;
  std::vector<int> in;
  for (size_t i = 0; i < inputs.size(); ++i) {
    in.push_back(b.Input("x" + std::to_string(i), Type::kFloat32, inputs[i]));
  }
  std::vector<int> out;
  for (int i = 0; i < outputs; ++i) {
    out.push_back(b.Tensor("y" + std::to_string(i), Type::kFloat32, {1}));
  }
  b.Node(name, in, out).custom_options = options;
  for (const int tensor : out) b.Output(tensor);
  return OneNode(b);
}

Entries CropOptions() {
  return {{"left_rotation_idx", {0}}, {"right_rotation_idx", {1}},
          {"output_width", {2}},      {"output_height", {2}},
          {"scale_x", {1}},           {"scale_y", {1}},
          {"subset_idxs", {0, 1}},    {"target_rotation_radians", {0}}};
}

TEST(MediaPipeOpsTest, ALandmarkCropIsATransform) {
  const auto y = Custom("Landmarks2TransformMatrix", {{1, 2, 3}}, 1, WriteFlexMap(CropOptions()))
                     .Run({Of<float>({1, 2, 3}, {1, 5, 0, 5, 5, 0}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>((*y)[0]),
              ElementsAreArray({2, 0, 0, 1, 0, 0, 0, 5, 0, 0, 1, 0, 0, 0, 0, 1}));
}

TEST(MediaPipeOpsTest, LandmarksThatDoNotExistAreRefused) {
  Entries entries = CropOptions();
  entries["subset_idxs"] = {0, 2};
  EXPECT_THAT(Custom("Landmarks2TransformMatrix", {{1, 2, 3}}, 1, WriteFlexMap(entries)).Error(),
              HasSubstr("options: landmark 2.000000 of 2"));
  entries = CropOptions();
  entries["left_rotation_idx"] = {-1};
  EXPECT_THAT(Custom("Landmarks2TransformMatrix", {{1, 2, 3}}, 1, WriteFlexMap(entries)).Error(),
              HasSubstr("left_rotation_idx is -1, wanted 0 to 1"));
  EXPECT_THAT(Custom("Landmarks2TransformMatrix", {{1, 1, 2, 3}}, 1, {}).Error(),
              HasSubstr("[1, n, 3] is supported"));
}

TEST(MediaPipeOpsTest, TransformsMoveLandmarksAndPictures) {
  const auto shift = Of<float>({1, 4, 4}, {1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
  const auto moved = Custom("TransformLandmarks", {{1, 1, 3}, {1, 4, 4}}, 1, {})
                         .Run({Of<float>({1, 1, 3}, {2, 3, 4}).view(), shift.view()});
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_THAT(Values<float>((*moved)[0]), ElementsAreArray({3, 3, 4}));
  const auto options = WriteFlexMap({{"output_height", {1}}, {"output_width", {2}}});
  const auto crop = Custom("TransformTensorBilinear", {{1, 1, 3, 1}, {1, 4, 4}}, 1, options)
                        .Run({Of<float>({1, 1, 3, 1}, {7, 8, 9}).view(), shift.view()});
  ASSERT_TRUE(crop) << crop.error().message;
  EXPECT_THAT(Values<float>((*crop)[0]), ElementsAreArray({8, 9}));
}

TEST(MediaPipeOpsTest, PoolsRememberPlaces) {
  const std::vector<int32_t> raw = {1, 2, 1, 2, 1, 0};
  const auto options = model::BytesOf(raw);
  const auto pooled = Custom("MaxPoolingWithArgmax2D", {{1, 1, 4, 1}}, 2, options)
                          .Run({Of<float>({1, 1, 4, 1}, {1, 2, 4, 3}).view()});
  ASSERT_TRUE(pooled) << pooled.error().message;
  EXPECT_THAT(Values<float>((*pooled)[0]), ElementsAreArray({2, 4}));
  const auto back = Custom("MaxUnpooling2D", {{1, 1, 2, 1}, {1, 1, 2, 1}}, 1, options)
                        .Run({(*pooled)[0].view(), (*pooled)[1].view()});
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_THAT(Values<float>((*back)[0]), ElementsAreArray({0, 2, 4, 0}));
  EXPECT_THAT(Custom("MaxUnpooling2D", {{1, 1, 2, 1}, {1, 1, 2, 1}}, 1, {}).Error(),
              HasSubstr("options of 0 bytes, wanted at least 24"));
}

TEST(Rfft2dTest, TransformsTheLastTwoAxes) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 1, 4});
  const int length = b.Constant("length", {2}, std::vector<int32_t>{1, 4});
  b.Output(
      b.Op("RFFT2D", {x, length}, {.name = "y", .type = Type::kComplex64, .shape = {1, 1, 3}}));
  const auto y = OneNode(b).Run({Of<float>({1, 1, 4}, {1, 2, 3, 4}).view()});
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_EQ((*y)[0].shape(), Shape({1, 1, 3}));
  EXPECT_THAT(Values<float>((*y)[0]), ElementsAreArray({10, 0, -2, 2, -2, 0}));
}

}  // namespace
}  // namespace brink::ops

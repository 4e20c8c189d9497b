// Coral's PosenetDecoderOp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "brink/model/flex_map.h"
#include "brink/ops/one_node_testing.h"

namespace brink::ops {
namespace {

using model::ModelBuilder;
using testing::HasSubstr;

constexpr int kHeight = 3;
constexpr int kWidth = 4;
constexpr int kKeypoints = 17;

using Entries = std::map<std::string, std::vector<double>>;

Entries PosenetOptions() {
  return {
      {"max_detections", {2}}, {"score_threshold", {0.5}}, {"stride", {16}}, {"nms_radius", {8}}};
}

OneNode Decoder(const Entries& options, bool has_masks = false) {
  ModelBuilder b;
  const auto map = [&](const std::string& name, int channels) {
    return b.Input(name, Type::kFloat32, {1, kHeight, kWidth, channels});
  };
  std::vector<int> inputs = {map("scores", kKeypoints), map("short", 2 * kKeypoints),
                             map("mid", 64)};
  if (has_masks) inputs.push_back(map("long", 2 * kKeypoints));
  std::vector<int> outputs;
  for (int i = 0; i < (has_masks ? 5 : 4); ++i)
    outputs.push_back(b.Tensor("y" + std::to_string(i), Type::kFloat32, {1}));
  b.Node("PosenetDecoderOp", inputs, outputs).custom_options = model::WriteFlexMap(options);
  for (const int y : outputs) b.Output(y);
  return OneNode(b);
}

Tensor Map(int channels) {
  return Of<float>({1, kHeight, kWidth, channels},
                   std::vector<float>(static_cast<size_t>(kHeight * kWidth * channels)));
}

// One person whose keypoints all are at (1, 2), but for the left eye one place to the right: the
// edge from the nose (channels 0 and 16) leads there, that from the eye (32 and 48) back.
std::vector<Tensor> OnePerson() {
  std::vector<Tensor> maps;
  maps.push_back(Map(kKeypoints));
  maps.push_back(Map(2 * kKeypoints));
  maps.push_back(Map(64));
  maps.push_back(Map(2 * kKeypoints));
  const size_t place = 1 * kWidth + 2;
  for (float& score : maps[0].as<float>()) score = -10;
  for (size_t id = 0; id < kKeypoints; ++id)
    maps[0].as<float>()[(id == 1 ? place + 1 : place) * kKeypoints + id] = 4;
  maps[0].as<float>()[place * kKeypoints] = 5;  // the nose is the root
  maps[2].as<float>()[place * 64 + 16] = 16;    // in pixels
  maps[2].as<float>()[(place + 1) * 64 + 48] = -16;
  maps[2].as<float>()[(place + 1) * 64 + 16 + 1] = -16;  // from the left eye to its ear
  return maps;
}

std::vector<ConstTensorView> Views(const std::vector<Tensor>& maps, size_t count) {
  std::vector<ConstTensorView> views;
  for (size_t i = 0; i < count; ++i) views.push_back(maps[i].view());
  return views;
}

TEST(PosenetDecoderTest, FollowsOffsetsFromKeypointToKeypoint) {
  const std::vector<Tensor> maps = OnePerson();
  const auto y = Decoder(PosenetOptions()).Run(Views(maps, 3));
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_EQ(Values<float>((*y)[3])[0], 1);
  EXPECT_EQ((*y)[0].shape(), Shape({1, 2, kKeypoints, 2}));
  for (size_t id = 0; id < kKeypoints; ++id) {
    EXPECT_FLOAT_EQ((*y)[0].as<float>()[2 * id], 16) << id;
    EXPECT_FLOAT_EQ((*y)[0].as<float>()[2 * id + 1], id == 1 ? 48 : 32) << id;
    EXPECT_NEAR((*y)[1].as<float>()[id], 1 / (1 + std::exp(id == 0 ? -5.0 : -4.0)), 1e-6) << id;
    EXPECT_EQ((*y)[0].as<float>()[2 * (kKeypoints + id)], 0);
  }
  EXPECT_NEAR((*y)[2].as<float>()[0], (1 / (1 + std::exp(-5.0)) + 16 / (1 + std::exp(-4.0))) / 17,
              1e-6);
}

TEST(PosenetDecoderTest, MasksAreWhereLongOffsetsLead) {
  const std::vector<Tensor> maps = OnePerson();
  const auto y = Decoder(PosenetOptions(), true).Run(Views(maps, 4));
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_EQ((*y)[4].shape(), Shape({1, 2, kHeight, kWidth}));
  // The only person has every place.
  const std::vector<float> masks = Values<float>((*y)[4]);
  for (size_t i = 0; i < masks.size(); ++i) EXPECT_EQ(masks[i], i < kHeight * kWidth ? 1 : 0);
}

TEST(PosenetDecoderTest, NumbersThatAreNoneDoNoHarm) {
  std::vector<Tensor> maps = OnePerson();
  for (float& offset : maps[2].as<float>()) offset = NAN;
  for (float& offset : maps[1].as<float>()) offset = INFINITY;
  EXPECT_TRUE(Decoder(PosenetOptions(), true).Run(Views(maps, 4)));
  for (float& score : maps[0].as<float>()) score = NAN;
  const auto y = Decoder(PosenetOptions()).Run(Views(maps, 3));
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_EQ(Values<float>((*y)[3])[0], 0);
}

TEST(PosenetDecoderTest, OptionsAreChecked) {
  for (const auto& [key, value] : std::vector<std::pair<std::string, double>>{
           {"max_detections", 0}, {"stride", 0}, {"score_threshold", 1}, {"nms_radius", NAN}}) {
    Entries options = PosenetOptions();
    options[key] = {value};
    EXPECT_THAT(Decoder(options).Error(), HasSubstr(key)) << key;
  }
}

}  // namespace
}  // namespace brink::ops

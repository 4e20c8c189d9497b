// The repository's own models, run by brink: how many held-out digits they get right, and a picture
// through the card.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "brink/base/file.h"
#include "brink/engine/session.h"
#include "brink/serving/picture_pipeline.h"

namespace brink {
namespace {

const std::string kFolder = "models/digits/";

struct Digit {
  int label = 0;
  std::vector<float> ink;  // [8, 8], 0 to 1
};

std::vector<Digit> HeldOut() {
  const std::string text = ReadTextFile(kFolder + "held_out.csv", 1 << 20).value();
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);  // the header
  std::vector<Digit> digits;
  while (std::getline(lines, line)) {
    std::ranges::replace(line, ',', ' ');
    std::istringstream words(line);
    Digit digit;
    words >> digit.label;
    for (float level = 0; words >> level;) digit.ink.push_back(level / 16);
    EXPECT_EQ(digit.ink.size(), 64u);
    digits.push_back(std::move(digit));
  }
  return digits;
}

class DigitsModel : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto model = model::ReadModel(kFolder + GetParam() + ".tflite").value();
    const auto plan = engine::Plan::Build(model);
    ASSERT_TRUE(plan) << plan.error().message;
    session_ = engine::Session::Create(*plan).value();
  }

  // The probability of each class.
  std::vector<float> Classify(const Digit& digit) {
    const TensorView input = session_->input(0);
    const ConstTensorView output = session_->output(0);
    const Quantization& in = session_->plan().inputs()[0].quantization;
    const Quantization& out = session_->plan().outputs()[0].quantization;
    for (size_t i = 0; i < digit.ink.size(); ++i) {
      if (in.empty()) {
        input.as<float>()[i] = digit.ink[i];
      } else {
        const float stored = std::round(digit.ink[i] / in.scale[0]) + float(in.zero_point[0]);
        input.as<int8_t>()[i] = static_cast<int8_t>(std::clamp(stored, -128.f, 127.f));
      }
    }
    EXPECT_TRUE(session_->Run());
    std::vector<float> probabilities;
    for (size_t i = 0; i < 10; ++i) {
      probabilities.push_back(out.empty() ? output.as<float>()[i]
                                          : out.scale[0] *
                                                float(output.as<int8_t>()[i] - out.zero_point[0]));
    }
    return probabilities;
  }

  std::unique_ptr<engine::Session> session_;
};

TEST_P(DigitsModel, GetsHeldOutDigitsRight) {
  const std::vector<Digit> digits = HeldOut();
  ASSERT_EQ(digits.size(), 50u);
  int right = 0;
  for (const Digit& digit : digits) {
    const std::vector<float> probabilities = Classify(digit);
    right += std::ranges::max_element(probabilities) - probabilities.begin() == digit.label;
  }
  EXPECT_GE(right, 49);
}

TEST_P(DigitsModel, ReadsAPictureByItsCard) {
  const auto card = vision::ReadCard(kFolder + GetParam() + ".card.yaml");
  ASSERT_TRUE(card) << card.error().message;
  const auto picture = ReadFile(kFolder + "three.png", 1 << 20).value();
  const auto answer = serving::RunPicture(*session_, *card, picture);
  ASSERT_TRUE(answer) << answer.error().message;
  const auto& found = std::get<std::vector<vision::Classification>>(answer->found);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].label, "3");
  EXPECT_GT(found[0].score, .8f);
}

INSTANTIATE_TEST_SUITE_P(Files, DigitsModel, ::testing::Values("digits", "digits_int8"));

}  // namespace
}  // namespace brink

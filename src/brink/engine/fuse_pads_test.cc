#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <random>

#include "brink/engine/plan.h"
#include "brink/engine/session.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::kAbsent;
using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;

constexpr int8_t kSamePadding = 0;
constexpr int8_t kValidPadding = 1;
constexpr int kHeight = 9;
constexpr int kWidth = 7;
constexpr int kDepth = 6;

struct Sides {
  int top = 0;
  int bottom = 1;
  int left = 0;
  int right = 1;
};

// A PAD of [1, 9, 7, 6] and a convolution of 3x3 windows behind it.
struct PadAndConv {
  Type type = Type::kFloat32;
  bool depthwise = false;
  Sides sides;
  int channels_behind = 0;  // that the PAD adds too
  int8_t padding = kValidPadding;
  int stride = 2;
  int dilation = 1;
  std::optional<float> filling;  // PADV2's
  float padded_scale = 0.05F;    // of a quantised PAD's output
  int readers = 1;

  int height() const { return kHeight + sides.top + sides.bottom; }
  int width() const { return kWidth + sides.left + sides.right; }
  int channels() const { return kDepth + channels_behind; }

  Quantization Scale(float scale) const {
    if (type == Type::kFloat32) return {};
    return {.scale = {scale}, .zero_point = {type == Type::kInt16 ? 0 : 3}};
  }

  int Pad(ModelBuilder& b, int x) const {
    const std::vector<int32_t> paddings = {0,          0,           sides.top, sides.bottom,
                                           sides.left, sides.right, 0,         channels_behind};
    std::vector<int> inputs = {x, b.Constant("paddings", {4, 2}, paddings)};
    if (filling) inputs.push_back(b.Constant("filling", {1}, std::vector<float>{*filling}));
    return b.Op(filling ? "PADV2" : "PAD", inputs,
                {.name = "padded",
                 .type = type,
                 .shape = {1, height(), width(), channels()},
                 .quantization = Scale(padded_scale)});
  }

  int Filter(ModelBuilder& b) const {
    const Shape shape = depthwise ? Shape{1, 3, 3, channels()} : Shape{4, 3, 3, channels()};
    std::mt19937 random(5);
    std::vector<float> floats;
    std::vector<int8_t> bytes;
    for (int64_t i = 0; i < shape.elements(); ++i) {
      bytes.push_back(static_cast<int8_t>(random() % 201 - 100));
      floats.push_back(static_cast<float>(bytes.back()) / 64);
    }
    if (type == Type::kFloat32) return b.Constant("w", shape, floats);
    const Quantization scale{.scale = {0.02F}, .zero_point = {0}};
    if (type != Type::kUInt8) return b.Constant("w", shape, bytes, scale);
    return b.Constant("w", shape, std::vector<uint8_t>(bytes.begin(), bytes.end()), scale);
  }

  void Conv(ModelBuilder& b, int x, const std::string& name) const {
    const auto places = [&](int extent) {
      return padding == kSamePadding ? (extent + stride - 1) / stride
                                     : (extent - 2 * dilation - 1 + stride) / stride;
    };
    Options options{{0, padding}, {1, stride}, {2, stride}};
    for (const int field : {4, 5}) options.push_back({field + (depthwise ? 1 : 0), dilation});
    b.Output(b.Op(depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D", {x, Filter(b), kAbsent},
                  {.name = name,
                   .type = type,
                   .shape = {1, places(height()), places(width()), depthwise ? channels() : 4},
                   .quantization = Scale(0.3F)},
                  options));
  }

  // `apart`: without the PAD, for an input that has been surrounded already.
  std::shared_ptr<const Plan> Build(bool apart,
                                    const std::vector<std::string>& outputs = {}) const {
    ModelBuilder b;
    const Shape shape =
        apart ? Shape{1, height(), width(), channels()} : Shape{1, kHeight, kWidth, kDepth};
    const int x = b.Input("x", type, shape, Scale(0.05F));
    const int padded = apart ? x : Pad(b, x);
    for (int i = 0; i < readers; ++i) Conv(b, padded, "conv" + std::to_string(i));
    const auto plan =
        Plan::Build(model::ReadModel(b.Build(), "test").value(), {.outputs = outputs});
    EXPECT_TRUE(plan) << plan.error().message;
    return *plan;
  }

  std::vector<std::string> Ops(const std::vector<std::string>& outputs = {}) const {
    const auto plan = Build(false, outputs);
    std::vector<std::string> ops;
    for (const StepInfo& step : plan->steps()) ops.emplace_back(step.op);
    return ops;
  }

  // The first convolution's output, byte by byte.
  std::vector<std::byte> Run(bool apart) const {
    auto session = Session::Create(Build(apart)).value();
    const size_t bytes = static_cast<size_t>(TypeBits(type)) / 8;
    std::mt19937 random(8);
    const auto input = session->input(0).bytes;
    std::vector<std::byte> cell(kDepth * bytes);
    std::vector<std::byte> zero(bytes);
    if (bytes == 1) zero[0] = std::byte{3};
    for (size_t i = 0; apart && i < input.size(); ++i) input[i] = zero[i % bytes];
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        for (size_t i = 0; i < cell.size(); ++i) cell[i] = static_cast<std::byte>(random());
        if (type == Type::kFloat32) {
          for (size_t c = 0; c < kDepth; ++c) {
            // With the filter's, of few enough digits that sums are exact in any order.
            const float value = static_cast<float>(random() % 129) / 64 - 1;
            std::memcpy(cell.data() + c * bytes, &value, bytes);
          }
        }
        const int at = apart ? (y + sides.top) * width() + x + sides.left : y * kWidth + x;
        std::copy(cell.begin(), cell.end(),
                  input.begin() + static_cast<std::ptrdiff_t>(cell.size()) * at);
      }
    }
    EXPECT_TRUE(session->Run());
    const auto output = session->output(0).bytes;
    return {output.begin(), output.end()};
  }
};

TEST(FusePadsTest, AConvolutionPadsWhatItReads) {
  EXPECT_THAT(PadAndConv{}.Ops(), ElementsAre("CONV_2D"));
  EXPECT_THAT((PadAndConv{.depthwise = true}.Ops()), ElementsAre("DEPTHWISE_CONV_2D"));
  EXPECT_THAT((PadAndConv{.filling = 0.0F}.Ops()), ElementsAre("CONV_2D"));
  EXPECT_EQ(PadAndConv{}.Build(false)->outputs()[0].shape, (Shape{1, 4, 3, 4}));
}

TEST(FusePadsTest, FusedAndApartAgreeForAllTypesAndSides) {
  for (const Type type : {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16}) {
    for (const Sides& sides :
         {Sides{0, 1, 0, 1}, Sides{2, 0, 1, 0}, Sides{1, 2, 0, 2}, Sides{0, 0, 2, 1}}) {
      for (const bool depthwise : {false, true}) {
        for (const int8_t padding : {kSamePadding, kValidPadding}) {
          for (const int step : {1, 2}) {
            const PadAndConv graph{.type = type,
                                   .depthwise = depthwise,
                                   .sides = sides,
                                   .padding = padding,
                                   .stride = step,
                                   .dilation = 3 - step};
            EXPECT_EQ(graph.Ops().size(), 1U);
            EXPECT_EQ(graph.Run(false), graph.Run(true))
                << TypeName(type) << " " << depthwise << " " << sides.top << sides.bottom
                << sides.left << sides.right << " padding " << int{padding} << " stride " << step;
          }
        }
      }
    }
  }
}

TEST(FusePadsTest, EveryReaderPadsForItself) {
  const PadAndConv graph{.readers = 2};
  EXPECT_THAT(graph.Ops(), ElementsAre("CONV_2D", "CONV_2D"));
  EXPECT_THAT(graph.Ops({"conv0", "padded"}), ElementsAre("PAD", "CONV_2D"));
}

TEST(FusePadsTest, OtherPaddingsStayApart) {
  const auto apart = ElementsAre("PAD", "CONV_2D");
  EXPECT_THAT((PadAndConv{.sides = {3, 0, 0, 0}}.Ops()), apart);
  EXPECT_THAT((PadAndConv{.sides = {0, 0, 0, 3}}.Ops()), apart);
  EXPECT_THAT((PadAndConv{.channels_behind = 1}.Ops()), apart);
  EXPECT_THAT((PadAndConv{.type = Type::kInt8, .padded_scale = 0.1F}.Ops()), apart);
  EXPECT_THAT((PadAndConv{.filling = 1.0F}.Ops()), ElementsAre("PADV2", "CONV_2D"));
}

}  // namespace
}  // namespace brink::engine

#include <gtest/gtest.h>

#include "brink/engine/plan.h"
#include "brink/engine/session.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;

// x * gate(x) of 2 x 160 elements, or where `other`, x * gate(another input).
struct Gated {
  std::string gate = "LOGISTIC";
  Type type = Type::kInt8;
  bool gate_first = false;
  bool other = false;
  int8_t activation = 0;

  std::shared_ptr<const Plan> Build(const std::vector<std::string>& outputs) const {
    const Shape shape = {2, 160};
    const int64_t least = type == Type::kInt8 ? -128 : 0;
    const Quantization in{{0.05F}, {least + 119}};
    ModelBuilder b;
    const int x = b.Input("x", type, shape, in);
    const int from = other ? b.Input("z", type, shape, in) : x;
    const std::vector<int32_t> dims = {2, 160};
    const float scale = gate == "HARD_SWISH" ? 0.03F : 1.0F / 256;
    const int gates = b.Op(gate, {from},
                           {.name = "gate",
                            .type = type,
                            .shape = dims,
                            .quantization = {{scale}, {least + (gate == "TANH" ? 128 : 0)}}});
    const std::vector<int> inputs =
        gate_first ? std::vector<int>{gates, x} : std::vector<int>{x, gates};
    b.Output(b.Op(
        "MUL", inputs,
        {.name = "product", .type = type, .shape = dims, .quantization = {{0.026F}, {least + 12}}},
        Options{{0, activation}}));
    const auto plan =
        Plan::Build(model::ReadModel(b.Build(), "test").value(), {.outputs = outputs});
    EXPECT_TRUE(plan) << plan.error().message;
    return *plan;
  }

  size_t Steps() const { return Build({})->steps().size(); }

  std::vector<std::byte> Run(bool apart) const {
    const auto plan = Build(apart ? std::vector<std::string>{"product", "gate"}
                                  : std::vector<std::string>{"product"});
    auto session = Session::Create(plan).value();
    const auto input = session->input(0).bytes;
    for (size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::byte>(i * 7);
    EXPECT_TRUE(session->Run());
    const auto output = session->output(0).bytes;
    return {output.begin(), output.end()};
  }
};

TEST(FuseGatesTest, FusedAndApartGiveTheSameBytes) {
  for (const char* gate : {"LOGISTIC", "TANH", "HARD_SWISH"}) {
    for (const Type type : {Type::kInt8, Type::kUInt8}) {
      for (const bool first : {false, true}) {
        const Gated graph{gate, type, first, false, static_cast<int8_t>(first ? 1 : 0)};
        EXPECT_EQ(graph.Steps(), 1) << gate;
        EXPECT_EQ(graph.Run(false), graph.Run(true)) << gate;
      }
    }
  }
}

TEST(FuseGatesTest, FloatsAreGatedByTheLogisticFunctionInOneStep) {
  for (const bool first : {false, true}) {
    const Gated graph{.type = Type::kFloat32, .gate_first = first};
    EXPECT_EQ(graph.Steps(), 1);
    EXPECT_EQ(graph.Run(false), graph.Run(true));
  }
  EXPECT_EQ((Gated{.type = Type::kFloat32, .activation = 1}.Steps()), 2);
  EXPECT_EQ((Gated{.gate = "TANH", .type = Type::kFloat32}.Steps()), 2);
}

TEST(FuseGatesTest, OtherProductsStayApart) { EXPECT_EQ((Gated{.other = true}.Steps()), 2); }

}  // namespace
}  // namespace brink::engine

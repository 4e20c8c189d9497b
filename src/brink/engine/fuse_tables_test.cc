#include <gtest/gtest.h>

#include "brink/engine/plan.h"
#include "brink/engine/session.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;

// QUANTIZE(1.5 - op(DEQUANTIZE(x))) of 2 x 160 bytes; op perhaps so many times.
struct Chain {
  std::string op = "ELU";
  Type type = Type::kInt8;
  bool by_row = false;  // 1.5 is a row of them instead
  int times = 1;

  std::shared_ptr<const Plan> Build(const std::vector<std::string>& outputs) const {
    const Shape shape = {2, 160};
    const std::vector<int32_t> dims = {2, 160};
    const int64_t least = type == Type::kInt8 ? -128 : 0;
    ModelBuilder b;
    const int x = b.Input("x", type, shape, {{0.05F}, {least + 119}});
    const int real = b.Op("DEQUANTIZE", {x}, {.name = "real", .shape = dims});
    int made = real;
    for (int i = 0; i < times; ++i) made = b.Op(op, {made}, {.name = "made", .shape = dims});
    const int64_t width = by_row ? 160 : 1;
    const int number =
        b.Constant("number", {width}, std::vector<float>(static_cast<size_t>(width), 1.5F));
    const int less = b.Op("SUB", {number, made}, {.name = "less", .shape = dims}, Options{});
    b.Output(
        b.Op("QUANTIZE", {less},
             {.name = "y", .type = type, .shape = dims, .quantization = {{0.04F}, {least + 9}}}));
    const auto plan =
        Plan::Build(model::ReadModel(b.Build(), "test").value(), {.outputs = outputs});
    EXPECT_TRUE(plan) << plan.error().message;
    return *plan;
  }

  static std::vector<std::byte> Run(const std::shared_ptr<const Plan>& plan) {
    auto session = Session::Create(plan).value();
    const auto input = session->input(0).bytes;
    for (size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::byte>(i);
    EXPECT_TRUE(session->Run());
    const auto output = session->output(0).bytes;
    return {output.begin(), output.end()};
  }

  // QUANTIZE of the floats themselves, by a plan that ends with them.
  std::vector<std::byte> Apart() const {
    const std::vector<std::byte> floats = Run(Build({"less"}));
    const int64_t least = type == Type::kInt8 ? -128 : 0;
    ModelBuilder b;
    const int x = b.Input("x", Type::kFloat32, {2, 160});
    b.Output(b.Op(
        "QUANTIZE", {x},
        {.name = "y", .type = type, .shape = {2, 160}, .quantization = {{0.04F}, {least + 9}}}));
    auto session =
        Session::Create(Plan::Build(model::ReadModel(b.Build(), "test").value(), {}).value())
            .value();
    std::copy(floats.begin(), floats.end(), session->input(0).bytes.begin());
    EXPECT_TRUE(session->Run());
    const auto output = session->output(0).bytes;
    return {output.begin(), output.end()};
  }
};

TEST(FuseTablesTest, AChainBetweenBytesIsOneStepWithTheSameResults) {
  for (const char* op : {"ELU", "SQUARE", "SIN", "NEG", "EXP"}) {
    for (const Type type : {Type::kInt8, Type::kUInt8}) {
      const Chain chain{op, type};
      const auto plan = chain.Build({});
      EXPECT_EQ(plan->steps().size(), 1) << op;
      EXPECT_EQ(Chain::Run(plan), chain.Apart()) << op;
    }
  }
}

TEST(FuseTablesTest, WhatElseIsReadStays) {
  const auto plan = Chain{}.Build({"y", "made"});
  EXPECT_EQ(plan->steps().size(), 3);
  EXPECT_EQ(Chain::Run(plan), Chain{}.Apart());
}

TEST(FuseTablesTest, LongChainsStayAsTheyAre) {
  EXPECT_EQ((Chain{.op = "NEG", .times = 29}.Build({})->steps().size()), 1);
  EXPECT_EQ((Chain{.op = "NEG", .times = 30}.Build({})->steps().size()), 33);
}

TEST(FuseTablesTest, NumbersThatDifferByPlaceStayApart) {
  const Chain chain{.by_row = true};
  const auto plan = chain.Build({});
  EXPECT_EQ(plan->steps().size(), 4);
  EXPECT_EQ(Chain::Run(plan), chain.Apart());
}

}  // namespace
}  // namespace brink::engine

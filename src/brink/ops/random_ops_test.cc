// Operators that draw random numbers; what is expected is what LiteRT 2.3.0 draws.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "brink/ops/op_call_testing.h"

namespace brink::ops {
namespace {

using model::Options;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::FloatNear;
using testing::HasSubstr;

constexpr int64_t kSeed = 1234;
constexpr int64_t kSeed2 = 5678901234;

Options Seeds(int64_t seed = kSeed, int64_t seed2 = kSeed2) { return {{0, seed}, {1, seed2}}; }

OpCall Random(const std::string& name, const Options& options, const std::vector<int32_t>& shape) {
  OpCall call(name, options);
  call.Constant<int32_t>({static_cast<int64_t>(shape.size())}, shape).Out(Type::kFloat32);
  return call;
}

TEST(RandomOps, SeedsDecideTheNumbers) {
  OpCall uniform = Random("RANDOM_UNIFORM", Seeds(), {2, 3});
  EXPECT_THAT(uniform.Floats(),
              ElementsAreArray({0.9785571098327637F, 0.5964634418487549F, 0.9779691696166992F,
                                0.1361703872680664F, 0.14872479438781738F, 0.2985038757324219F}));
  EXPECT_EQ(uniform.shape(), Shape({2, 3}));
  const auto near = [](float value) { return FloatNear(value, 1e-6F); };
  EXPECT_THAT(Random("RANDOM_STANDARD_NORMAL", Seeds(), {5}).Floats(),
              ElementsAre(near(-0.11861104518F), near(-0.17112474143F), near(0.15935477614F),
                          near(0.13842082023F), near(1.86229765415F)));
}

TEST(RandomOps, EachRunDrawsTheNextNumbers) {
  const OneNode node = Random("RANDOM_UNIFORM", Seeds(), {6}).Build();
  const auto prepared = node.Prepare();
  ASSERT_TRUE(prepared) << prepared.error().message;
  std::vector<float> drawn(6);
  std::byte* output = reinterpret_cast<std::byte*>(drawn.data());
  ASSERT_TRUE(prepared->run({.outputs = {&output, 1}}));
  ASSERT_TRUE(prepared->run({.outputs = {&output, 1}}));
  EXPECT_THAT(drawn,
              ElementsAreArray({0.43844079971313477F, 0.8103445768356323F, 0.5469858646392822F,
                                0.6076128482818604F, 0.5645495653152466F, 0.6339150667190552F}));
}

TEST(RandomOps, WithoutSeedsPlansDifferAndDistributionsHold) {
  constexpr int32_t kCount = 20000;
  const std::vector<float> a = Random("RANDOM_STANDARD_NORMAL", Seeds(0, 0), {kCount}).Floats();
  EXPECT_NE(a, Random("RANDOM_STANDARD_NORMAL", Seeds(0, 0), {kCount}).Floats());
  double sum = 0;
  double squares = 0;
  for (const float x : a) {
    sum += static_cast<double>(x);
    squares += static_cast<double>(x) * static_cast<double>(x);
  }
  EXPECT_NEAR(sum / kCount, 0, 0.05);  // 7 deviations of the mean
  EXPECT_NEAR(squares / kCount, 1, 0.08);
}

TEST(RandomOps, MultinomialDrawsClassesByTheirLogits) {
  const std::vector<float> odds = {.1F, .2F, .7F, .5F, .25F, .25F};
  std::vector<float> logits;
  for (const float odd : odds) logits.push_back(std::log(odd));
  for (const Type type : {Type::kInt32, Type::kInt64}) {
    OpCall call("MULTINOMIAL", Seeds());
    call.In<float>({2, 3}, logits).Constant<int32_t>({}, {5}).Out(type);
    const std::vector<int64_t> wanted = {2, 2, 1, 1, 2, 0, 1, 2, 0, 0};
    if (type == Type::kInt64) {
      EXPECT_EQ(call.Get<int64_t>(), wanted);
    } else {
      EXPECT_EQ(call.Get<int32_t>(), std::vector<int32_t>(wanted.begin(), wanted.end()));
    }
  }
}

TEST(RandomOps, WhatCannotBeDrawnIsRefused) {
  EXPECT_THAT(Random("RANDOM_UNIFORM", Seeds(), {2, -1}).Error(), HasSubstr("a negative extent"));
  EXPECT_THAT(Random("RANDOM_UNIFORM", Seeds(), {2, -7}).Error(), HasSubstr("-7"));
  OpCall none("MULTINOMIAL", Seeds());
  none.In<float>({1, 2}, {-INFINITY, NAN}).Constant<int32_t>({}, {1}).Out(Type::kInt32);
  EXPECT_THAT(none.Error(), HasSubstr("a row without a finite number"));
  OpCall negative("MULTINOMIAL", Seeds());
  negative.In<float>({1, 2}, {0, 0}).Constant<int32_t>({}, {-1}).Out(Type::kInt32);
  EXPECT_THAT(negative.Error(), HasSubstr("input 1: wanted a number of draws"));
}

OpCall Bits(int8_t algorithm, const std::vector<uint64_t>& state) {
  OpCall call("STABLEHLO_RNG_BIT_GENERATOR", Options{{0, algorithm}});
  call.In<uint64_t>({static_cast<int64_t>(state.size())}, state).Out(Type::kUInt64);
  call.Out(Type::kUInt32);
  return call;
}

// The output's shape is the file's.
std::vector<uint32_t> Draw(int8_t algorithm, const std::vector<uint64_t>& state,
                           std::vector<uint64_t>& after) {
  model::ModelBuilder b;
  const auto words = static_cast<int64_t>(state.size());
  const int x = b.Input("state", Type::kUInt64, {words});
  const int y = b.Tensor("after", Type::kUInt64, {words});
  const int bits = b.Tensor("bits", Type::kUInt32, {7});
  b.Node("STABLEHLO_RNG_BIT_GENERATOR", {x}, {y, bits}, Options{{0, algorithm}});
  b.Output(y);
  b.Output(bits);
  const auto outputs = OneNode(b).Run({Of<uint64_t>({words}, state).view()});
  if (!outputs) throw std::runtime_error(outputs.error().message);
  after = Values<uint64_t>((*outputs)[0]);
  return Values<uint32_t>((*outputs)[1]);
}

TEST(RandomOps, BitGeneratorsGiveTheirStateBack) {
  std::vector<uint64_t> after;
  EXPECT_THAT(Draw(1, {0x123456789abcdef, 0xffffffff, 7}, after),
              ElementsAre(0x99b2a2af, 0x6420bf62, 0x20f49b6b, 0x6dd31e1c, 0xc2692e75, 0x38a0d4e6,
                          0xd164305a));
  EXPECT_THAT(after, ElementsAre(0x123456789abcdef, 0x100000001, 7));
  EXPECT_THAT(Draw(2, {0x123456789abcdef, 0xffffffff}, after),
              ElementsAre(0xaf0500d, 0xae583773, 0xba3918c0, 0x525310a8, 0xcab60d48, 0x8b6ec1c2,
                          0xe74f725f));
  EXPECT_THAT(after, ElementsAre(0x123456789abcdef, 0x100000003));
  EXPECT_THAT(Draw(0, {0x123456789abcdef, 0xffffffff}, after),
              ElementsAre(0x79ef866, 0x2fd56ce8, 0x44251d89, 0x29da5799, 0xc2d793d8, 0xb0e2b88c,
                          0xed4711a));
  EXPECT_THAT(after, ElementsAre(0x123456789abcdef, 0x100000001));
  EXPECT_THAT(Bits(2, {1, 2, 3}).Error(), HasSubstr("a state of shape [3]"));
  EXPECT_THAT(Bits(3, {1, 2}).Error(), HasSubstr("algorithm 3"));
}

}  // namespace
}  // namespace brink::ops

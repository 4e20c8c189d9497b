// Operators that compute, compare or choose element by element, in types other than float32.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "brink/ops/op_call_testing.h"

namespace brink::ops {
namespace {

using model::Options;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

std::vector<float> Unary(const std::string& name, const std::vector<float>& values) {
  OpCall call(name);
  call.In<float>({static_cast<int64_t>(values.size())}, values).Out(Type::kFloat32);
  return call.Floats();
}

TEST(UnaryMathTest, ComputesWhatTheNamesSay) {
  EXPECT_THAT(Unary("SQUARE", {-3, 2}), ElementsAreArray({9, 4}));
  EXPECT_THAT(Unary("SQRT", {9, 2.25}), ElementsAreArray({3., 1.5}));
  EXPECT_THAT(Unary("RSQRT", {4, 0.25}), ElementsAreArray({.5, 2.}));
  EXPECT_THAT(Unary("ABS", {-3, 2}), ElementsAreArray({3, 2}));
  EXPECT_THAT(Unary("NEG", {-3, 2}), ElementsAreArray({3, -2}));
  EXPECT_THAT(Unary("SIGN", {-3, 0, 2}), ElementsAreArray({-1, 0, 1}));
  EXPECT_THAT(Unary("FLOOR", {-1.5, 1.5}), ElementsAreArray({-2, 1}));
  EXPECT_THAT(Unary("CEIL", {-1.5, 1.5}), ElementsAreArray({-1, 2}));
  EXPECT_THAT(Unary("ROUND", {-1.5, 0.5, 2.5}), ElementsAreArray({-2, 0, 2}));
  EXPECT_NEAR(Unary("EXP", {1})[0], std::exp(1.F), 1e-6);
  EXPECT_NEAR(Unary("LOG", {3})[0], std::log(3.F), 1e-6);
  EXPECT_NEAR(Unary("SIN", {3})[0], std::sin(3.F), 1e-6);
  EXPECT_NEAR(Unary("COS", {3})[0], std::cos(3.F), 1e-6);
}

TEST(UnaryMathTest, IntegersStandForThemselves) {
  OpCall neg("NEG");
  neg.In<int64_t>({2}, {-3, 5}).Out(Type::kInt64);
  EXPECT_THAT(neg.Get<int64_t>(), ElementsAreArray({3, -5}));
  OpCall abs("ABS");
  abs.In<int32_t>({2}, {-3, 5}).Out(Type::kInt32);
  EXPECT_THAT(abs.Get<int32_t>(), ElementsAreArray({3, 5}));
  OpCall sign("SIGN");
  sign.In<int32_t>({3}, {-3, 0, 5}).Out(Type::kInt32);
  EXPECT_THAT(sign.Get<int32_t>(), ElementsAreArray({-1, 0, 1}));
  OpCall square("SQUARE");
  square.In<int32_t>({1}, {2}).Out(Type::kInt32);
  EXPECT_THAT(square.Error(), HasSubstr("type INT32, SQUARE supports FLOAT32"));
}

std::vector<int8_t> Bytes(const std::string& name, const Quantization& input,
                          const Quantization& output, const std::vector<int8_t>& values) {
  OpCall call(name);
  call.In<int8_t>({static_cast<int64_t>(values.size())}, values, input).Out(Type::kInt8, output);
  return call.Get<int8_t>();
}

TEST(UnaryMathTest, BytesAreScaled) {
  EXPECT_THAT(Bytes("ABS", {{0.5F}, {10}}, {{0.5F}, {0}}, {0, 10, 30}),
              ElementsAreArray({10, 0, 20}));
  EXPECT_THAT(Bytes("ABS", {{0.5F}, {10}}, {{0.25F}, {-1}}, {0, 10, 30}),
              ElementsAreArray({19, -1, 39}));
  EXPECT_THAT(Bytes("EXP", {{1.F}, {0}}, {{0.1F}, {-10}}, {0, 1, 5}),
              ElementsAreArray({0, 17, 127}));
  EXPECT_THAT(Bytes("LOG", {{1.F}, {0}}, {{0.1F}, {0}}, {1, 3, -4}),
              ElementsAreArray({0, 11, -128}));
  EXPECT_THAT(Bytes("SQRT", {{1.F}, {0}}, {{1.F}, {0}}, {8, 9, -4}), ElementsAreArray({2, 3, 0}));
  EXPECT_THAT(Bytes("RSQRT", {{1.F}, {0}}, {{0.01F}, {0}}, {4, 100, 0}),
              ElementsAreArray({50, 10, 127}));
}

TEST(UnaryMathTest, SixteenBitsAreInterpolatedOrExact) {
  OpCall exp("EXP");
  exp.In<int16_t>({2}, {0, 1000}, {{1e-3F}, {0}}).Out(Type::kInt16, {{1e-3F}, {0}});
  const auto y = exp.Get<int16_t>();
  EXPECT_NEAR(y[0], 1000, 2);
  EXPECT_NEAR(y[1], 2718, 4);
  OpCall abs("ABS");
  abs.In<int16_t>({2}, {-4, 6}, {{1.F}, {0}}).Out(Type::kInt16, {{2.F}, {0}});
  EXPECT_THAT(abs.Get<int16_t>(), ElementsAreArray({2, 3}));
  OpCall skewed("EXP");
  skewed.In<int16_t>({1}, {0}, {{1e-3F}, {5}}).Out(Type::kInt16, {{1e-3F}, {0}});
  EXPECT_THAT(skewed.Error(), HasSubstr("INT16 with a zero point that is not 0"));
}

template <class T>
std::vector<T> Pair(const std::string& name, const std::vector<T>& a, const std::vector<T>& b,
                    Quantization q = {}) {
  OpCall call(name);
  call.In<T>({static_cast<int64_t>(a.size())}, a, q);
  call.In<T>({static_cast<int64_t>(b.size())}, b, q).Out(TypeOf<T>(), q);
  return call.Get<T>();
}

TEST(BinaryMathTest, IntegersStandForThemselves) {
  using Ints = std::vector<int32_t>;
  EXPECT_THAT(Pair("ADD", Ints{1, 2}, Ints{10}), ElementsAreArray({11, 12}));
  EXPECT_THAT(Pair("SUB", Ints{1, 2}, Ints{10}), ElementsAreArray({-9, -8}));
  EXPECT_THAT(Pair("MUL", std::vector<int64_t>{1 << 30, 2}, std::vector<int64_t>{4}),
              ElementsAre(int64_t{1} << 32, 8));
  EXPECT_THAT(Pair("DIV", Ints{7, -7}, Ints{2}), ElementsAreArray({3, -3}));
  EXPECT_THAT(Pair("FLOOR_DIV", Ints{7, -7}, Ints{2}), ElementsAreArray({3, -4}));
  EXPECT_THAT(Pair("FLOOR_MOD", Ints{7, -7}, Ints{2}), ElementsAreArray({1, 1}));
  EXPECT_THAT(Pair("POW", Ints{3, -2}, Ints{3}), ElementsAreArray({27, -8}));
  EXPECT_THAT(Pair("SQUARED_DIFFERENCE", Ints{3, -2}, Ints{1}), ElementsAreArray({4, 9}));
  EXPECT_THAT(Pair("BITWISE_XOR", Ints{6, 5}, Ints{3}), ElementsAreArray({5, 6}));
  EXPECT_THAT(Pair("RIGHT_SHIFT", Ints{6, -5}, Ints{1}), ElementsAreArray({3, -3}));
  EXPECT_THAT(Pair("MAXIMUM", std::vector<int8_t>{3, -5}, std::vector<int8_t>{1}, {{1.F}, {0}}),
              ElementsAreArray({3, 1}));
}

TEST(BinaryMathTest, AnActivationClampsIntegers) {
  OpCall call("ADD", Options{{0, int8_t{3}}});  // RELU6
  call.In<int32_t>({3}, {-9, 1, 9}).In<int32_t>({}, {0}).Out(Type::kInt32);
  EXPECT_THAT(call.Get<int32_t>(), ElementsAreArray({0, 1, 6}));
}

TEST(BinaryMathTest, ADivisionByZeroFailsTheRun) {
  for (const std::string name : {"DIV", "FLOOR_DIV", "FLOOR_MOD"}) {
    OpCall call(name);
    call.In<int32_t>({2}, {1, 2}).In<int32_t>({2}, {1, 0}).Out(Type::kInt32);
    EXPECT_THAT(call.Error(), HasSubstr("division by 0")) << name;
  }
}

TEST(BinaryMathTest, FloatsOfRareOperators) {
  using Numbers = std::vector<float>;
  EXPECT_THAT(Pair("POW", Numbers{3, 2}, Numbers{2}), ElementsAreArray({9, 4}));
  EXPECT_THAT(Pair("FLOOR_MOD", Numbers{-7, 7}, Numbers{2}), ElementsAreArray({1, 1}));
  EXPECT_THAT(Pair("SQUARED_DIFFERENCE", Numbers{3, -2}, Numbers{1}), ElementsAreArray({4, 9}));
  EXPECT_FLOAT_EQ(Pair("ATAN2", Numbers{1}, Numbers{1})[0], 0.7853982F);
}

TEST(BinaryMathTest, SixteenBitsAreScaled) {
  OpCall add("ADD", Options{{0, int8_t{0}}, {1, false}});
  add.In<int16_t>({2}, {100, -200}, {{0.5F}, {0}}).In<int16_t>({1}, {40}, {{0.25F}, {0}});
  add.Out(Type::kInt16, {{1.F}, {0}});
  EXPECT_THAT(add.Get<int16_t>(), ElementsAreArray({60, -90}));
  OpCall sub("SUB", Options{{0, int8_t{0}}, {1, true}});  // scales are used as powers of two
  sub.In<int16_t>({2}, {100, -200}, {{0.5F}, {0}}).In<int16_t>({1}, {43}, {{0.25F}, {0}});
  sub.Out(Type::kInt16, {{0.5F}, {0}});
  EXPECT_THAT(sub.Get<int16_t>(), ElementsAreArray({78, -222}));
  OpCall mul("MUL");
  mul.In<int16_t>({2}, {100, -200}, {{0.5F}, {0}}).In<int16_t>({1}, {40}, {{0.25F}, {0}});
  mul.Out(Type::kInt16, {{1.F}, {0}});
  EXPECT_THAT(mul.Get<int16_t>(), ElementsAreArray({500, -1000}));
  OpCall difference("SQUARED_DIFFERENCE");
  difference.In<int8_t>({2}, {10, -6}, {{0.5F}, {0}}).In<int8_t>({1}, {4}, {{0.5F}, {0}});
  difference.Out(Type::kInt8, {{0.5F}, {-3}});
  EXPECT_THAT(difference.Get<int8_t>(), ElementsAreArray({15, 47}));
}

TEST(ComparisonTest, QuantisedInputsAreComparedAsNumbers) {
  OpCall call("LESS");
  call.In<int8_t>({3}, {10, 20, 30}, {{0.5F}, {0}}).In<int8_t>({1}, {10}, {{1.F}, {0}});
  call.Out(Type::kBool);
  EXPECT_THAT(call.Get<uint8_t>(), ElementsAreArray({1, 0, 0}));
  OpCall equal("EQUAL");
  equal.In<int8_t>({3}, {10, 20, 30}, {{0.5F}, {0}}).In<int8_t>({1}, {10}, {{1.F}, {0}});
  equal.Out(Type::kBool);
  EXPECT_THAT(equal.Get<uint8_t>(), ElementsAreArray({0, 1, 0}));
}

TEST(ComparisonTest, ComparesEveryType) {
  OpCall bools("NOT_EQUAL");
  bools.InBool({2}, {0, 1}).InBool({2}, {1, 1}).Out(Type::kBool);
  EXPECT_THAT(bools.Get<uint8_t>(), ElementsAreArray({1, 0}));
  OpCall longs("GREATER_EQUAL");
  longs.In<int64_t>({2}, {1, int64_t{1} << 40}).In<int64_t>({}, {int64_t{1} << 40});
  EXPECT_THAT(longs.Out(Type::kBool).Get<uint8_t>(), ElementsAreArray({0, 1}));
  OpCall floats("GREATER");
  floats.In<float>({2}, {NAN, 1}).In<float>({}, {0}).Out(Type::kBool);
  EXPECT_THAT(floats.Get<uint8_t>(), ElementsAreArray({0, 1}));
  OpCall wrong("LESS_EQUAL");
  wrong.InBool({1}, {0}).InBool({1}, {0}).Out(Type::kBool);
  EXPECT_THAT(wrong.Error(), HasSubstr("type BOOL"));
}

TEST(LogicTest, CombinesBools) {
  for (const auto& [name, wanted] : std::vector<std::pair<std::string, std::vector<uint8_t>>>{
           {"LOGICAL_AND", {0, 0, 1}}, {"LOGICAL_OR", {0, 1, 1}}}) {
    OpCall call(name);
    call.InBool({3}, {0, 0, 1}).InBool({3}, {0, 1, 1}).Out(Type::kBool);
    EXPECT_EQ(call.Get<uint8_t>(), wanted) << name;
  }
  OpCall call("LOGICAL_NOT");
  call.InBool({2}, {0, 1}).Out(Type::kBool);
  EXPECT_THAT(call.Get<uint8_t>(), ElementsAreArray({1, 0}));
}

TEST(SelectTest, AConditionOfOneAxisChoosesSlices) {
  OpCall call("SELECT");
  call.InBool({2}, {1, 0}).In<float>({2, 2}, {1, 2, 3, 4}).In<float>({2, 2}, {5, 6, 7, 8});
  EXPECT_THAT(call.Out(Type::kFloat32).Floats(), ElementsAreArray({1, 2, 7, 8}));
  OpCall scalar("SELECT");
  scalar.InBool({}, {0}).In<float>({2}, {1, 2}).In<float>({2}, {5, 6}).Out(Type::kFloat32);
  EXPECT_THAT(scalar.Floats(), ElementsAreArray({5, 6}));
  OpCall wrong("SELECT");
  wrong.InBool({3}, {0, 0, 0}).In<float>({2}, {1, 2}).In<float>({2}, {5, 6}).Out(Type::kFloat32);
  EXPECT_THAT(wrong.Error(), HasSubstr("a condition of shape [3] for values of [2]"));
}

TEST(SelectTest, TheSecondVersionStretches) {
  OpCall call("SELECT_V2");
  call.InBool({2, 1}, {1, 0}).In<int64_t>({3}, {1, 2, 3}).In<int64_t>({}, {9});
  EXPECT_THAT(call.Out(Type::kInt64).Get<int64_t>(), ElementsAreArray({1, 2, 3, 9, 9, 9}));
  EXPECT_EQ(call.shape(), Shape({2, 3}));
}

}  // namespace
}  // namespace brink::ops

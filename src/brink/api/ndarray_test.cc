#include "brink/api/ndarray.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::api {
namespace {

json::Value Json(std::string_view text) { return *json::Parse(text, {.allow_nan = true}); }

// "TYPE shape elements" of what FromNested makes, "objects ..." or the error's message.
std::string Read(std::string_view text) {
  const auto payload = FromNested(Json(text));
  if (!payload) return payload.error().message;
  if (const auto* objects = std::get_if<Objects>(&*payload))
    return "objects " + json::Write(objects->nested);
  const Tensor& tensor = std::get<Tensors>(*payload).items.at(0).tensor;
  return std::string(TypeName(tensor.type())) + " " + tensor.shape().ToString() + " " +
         json::Write(ToNested(tensor), {.allow_nan = true});
}

TEST(Ndarray, ChoosesTheElementTypeAsNumpyDoes) {
  EXPECT_EQ(Read("[[1,2],[3,4]]"), "INT64 [2, 2] [[1,2],[3,4]]");
  EXPECT_EQ(Read("[[1,2.5]]"), "FLOAT64 [1, 2] [[1.0,2.5]]");
  EXPECT_EQ(Read("[true,false]"), "BOOL [2] [true,false]");
  EXPECT_EQ(Read("[true,2]"), "INT64 [2] [1,2]");
  EXPECT_EQ(Read("[true,2.5]"), "FLOAT64 [2] [1.0,2.5]");
  EXPECT_EQ(Read("[9223372036854775808]"), "UINT64 [1] [9223372036854775808]");
  EXPECT_EQ(Read("[true,9223372036854775808]"), "UINT64 [2] [1,9223372036854775808]");
  EXPECT_EQ(Read("[9223372036854775808,-1]"), "FLOAT64 [2] [9.223372036854776e+18,-1.0]");
  EXPECT_EQ(Read("[9007199254740993,0.5]"), "FLOAT64 [2] [9007199254740992.0,0.5]");
}

TEST(Ndarray, StringsTurnTheirNeighboursIntoPythonText) {
  EXPECT_EQ(Read(R"([["a",1,2.5]])"), R"(STRING [1, 3] [["a","1","2.5"]])");
  EXPECT_EQ(Read(R"([true,"a",1e16,NaN,-Infinity])"),
            R"(STRING [5] ["True","a","1e+16","nan","-inf"])");
}

TEST(Ndarray, NullsDictionariesAndBigIntegersMakeObjects) {
  EXPECT_EQ(Read("[[null,1]]"), "objects [[null,1]]");
  EXPECT_EQ(Read(R"([[{"a":[1]}]])"), R"(objects [[{"a":[1]}]])");
  EXPECT_EQ(Read(R"([123456789012345678901234567890,0.5,"x"])"),
            R"(objects [123456789012345678901234567890,0.5,"x"])");
}

TEST(Ndarray, AnAnsweredListKeepsItsElementsUnlessAllAreNumbers) {
  const auto read = [](const char* text) { return FromAnsweredList(Json(text)).value(); };
  EXPECT_EQ(json::Write(std::get<Objects>(read(R"([["a",1]])")).nested), R"([["a",1]])");
  EXPECT_EQ(json::Write(std::get<Objects>(read("[true]")).nested), "[true]");
  EXPECT_EQ(std::get<Tensors>(read("[true,2.5]")).items[0].tensor.type(), Type::kFloat64);
  EXPECT_FALSE(FromAnsweredList(Json("[[1],2]")).has_value());
}

TEST(Ndarray, EmptyListsAndScalarsHaveShapes) {
  EXPECT_EQ(Read("[]"), "FLOAT64 [0] []");
  EXPECT_EQ(Read("[[],[]]"), "FLOAT64 [2, 0] [[],[]]");
  EXPECT_EQ(Read("5"), "INT64 [] 5");
  EXPECT_EQ(Read("\"abc\""), "STRING [] \"abc\"");
  EXPECT_EQ(Read("null"), "objects null");
}

TEST(Ndarray, RaggedListsAreRefused) {
  for (const char* text : {"[[1,2],[3]]", "[[],[1]]", "[[1],[]]", "[1,[2]]", "[[1],2]",
                           "[[null],[1,2]]", "[[[1],[2]],[[1],2]]"}) {
    EXPECT_THAT(Read(text), testing::HasSubstr("ragged")) << text;
  }
  EXPECT_EQ(Read("[[[[[[[[[1]]]]]]]]]"), "array has more than 8 dimensions");
}

}  // namespace
}  // namespace brink::api

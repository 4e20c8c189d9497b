// SKIP_GRAM, EMBEDDING_LOOKUP_SPARSE, FAKE_QUANT.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/ops/op_call_testing.h"

namespace brink::ops {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::FloatNear;
using testing::HasSubstr;

Result<std::vector<std::string>> Grams(const std::string& text, int32_t size, int32_t skip,
                                       bool all) {
  ModelBuilder b;
  const int x = b.Strings("x", {1}, {text});
  const int y = b.Tensor("y", Type::kString, {1});
  b.Node("SKIP_GRAM", {x}, {y}, Options{{0, size}, {1, skip}, {2, all}});
  b.Output(y);
  OneNode node(b);
  // The engine keeps strings as objects.
  const std::vector<std::string> words = {text};
  Value value = node.view().input(0);
  value.data = std::as_bytes(std::span(words));
  node.view().inputs[0] = &value;
  BRINK_ASSIGN(const Prepared prepared, node.Prepare());
  return prepared.known.at(0).strings();
}

TEST(SkipGramTest, GroupsWordsInTheirOrder) {
  EXPECT_THAT(Grams("a b\t c ", 2, 0, false).value(), ElementsAre("a b", "b c"));
  EXPECT_THAT(Grams("a b c", 2, 1, false).value(), ElementsAre("a b", "a c", "b c"));
  EXPECT_THAT(Grams("a b c", 2, 0, true).value(), ElementsAre("a b", "a", "b c", "b", "c"));
  EXPECT_THAT(Grams("a b", 3, 0, true).value(), ElementsAre());
  EXPECT_THAT(Grams("  ", 1, 0, true).value(), ElementsAre());
}

TEST(SkipGramTest, RefusesTooManyGroups) {
  std::string text;
  for (int i = 0; i < 64; ++i) text += "w ";
  EXPECT_THAT(Grams(text, 32, 32, false).error().message, HasSubstr("groups of words"));
  EXPECT_THAT(Grams("a", 0, 0, false).error().message, HasSubstr("groups of 0 words"));
  EXPECT_THAT(Grams("a", 1, -1, false).error().message, HasSubstr("at most -1 left out"));
}

struct Sparse {
  int8_t combiner = 0;
  std::vector<int32_t> ids = {1, 3, 0};
  std::vector<int32_t> places = {0, 0, 2, 0, 2, 1};
  std::vector<int32_t> shape = {3, 2};
};

OpCall Lookup(const Sparse& s) {
  OpCall call("EMBEDDING_LOOKUP_SPARSE", Options{{0, s.combiner}});
  call.In<int32_t>({3}, s.ids).In<int32_t>({3, 2}, s.places).Constant<int32_t>({2}, s.shape);
  call.In<float>({3}, {1, 2, 4}).In<float>({4, 2}, {0, 1, 2, 3, 4, 5, 6, 7}).Out(Type::kFloat32);
  return call;
}

TEST(EmbeddingLookupSparseTest, CombinesRowsByWeight) {
  EXPECT_THAT(Lookup({}).Floats(), ElementsAreArray({2, 3, 0, 0, 12, 18}));
  EXPECT_THAT(Lookup({.combiner = 1}).Floats(), ElementsAreArray({2, 3, 0, 0, 2, 3}));
  EXPECT_THAT(Lookup({.combiner = 2}).Floats(),
              ElementsAre(2, 3, 0, 0, FloatNear(2.6832814F, 1e-6F), FloatNear(4.0249224F, 1e-6F)));
}

TEST(EmbeddingLookupSparseTest, IndicesOutOfRangeFailTheRun) {
  EXPECT_THAT(Lookup({.ids = {1, 4, 0}}).Error(), HasSubstr("index 4 of an axis of 4"));
  EXPECT_THAT(Lookup({.ids = {1, -1, 0}}).Error(), HasSubstr("index -1"));
  EXPECT_THAT(Lookup({.places = {0, 0, 3, 0, 2, 1}}).Error(), HasSubstr("index 3 of an axis of 3"));
  EXPECT_THAT(Lookup({.combiner = 3}).Error(), HasSubstr("combiner 3"));
  EXPECT_THAT(Lookup({.shape = {-3, 2}}).Error(), HasSubstr("-3"));
}

OpCall FakeQuant(float min, float max, int32_t bits) {
  OpCall call("FAKE_QUANT", Options{{0, min}, {1, max}, {2, bits}});
  call.In<float>({7}, {-2, -.3F, .1F, .25F, 3, 5.9F, 7}).Out(Type::kFloat32);
  return call;
}

// Expected: LiteRT 2.3.0.
TEST(FakeQuantTest, RoundsToStepsThatHaveAZero) {
  EXPECT_THAT(
      FakeQuant(-1, 6.2F, 4).Floats(),
      ElementsAreArray({-0.9599999785423279F, -0.47999998927116394F, 0.0F, 0.47999995946884155F,
                        2.879999876022339F, 5.759999752044678F, 6.239999771118164F}));
  EXPECT_THAT(FakeQuant(1, 1, 4).Error(), HasSubstr("a range from 1"));
  EXPECT_THAT(FakeQuant(NAN, 1, 4).Error(), HasSubstr("a range from nan"));
  EXPECT_THAT(FakeQuant(-1, 1, 1).Error(), HasSubstr("num_bits 1"));
}

}  // namespace
}  // namespace brink::ops

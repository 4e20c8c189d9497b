#include "brink/model/flex_map.h"

#define FLATBUFFERS_LOCALE_INDEPENDENT 0
#include <flatbuffers/flexbuffers.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::byte> Sample() {
  flexbuffers::Builder builder;
  builder.Map([&] {
    builder.Int("count", 7);
    builder.Float("scale", 0.5F);
    builder.Bool("fast", true);
    builder.String("name", "ignored");
    builder.TypedVector("pairs", [&] {
      builder.Int(3);
      builder.Int(-4);
    });
    builder.Vector("mixed", [&] {
      builder.Int(1);
      builder.Float(2.5F);
    });
  });
  builder.Finish();
  const auto& bytes = builder.GetBuffer();
  const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
  return {data, data + bytes.size()};
}

TEST(FlexMap, ReadsNumbersAndVectors) {
  const auto map = FlexMap::Read(Sample());
  ASSERT_TRUE(map) << map.error().message;
  EXPECT_EQ(map->Int("count"), 7);
  EXPECT_EQ(map->Number("scale"), 0.5);
  EXPECT_EQ(map->Int("scale"), std::nullopt);
  EXPECT_EQ(map->Int("fast"), 1);
  EXPECT_THAT(map->Numbers("pairs"), ElementsAre(3, -4));
  EXPECT_THAT(map->Numbers("mixed"), ElementsAre(1, 2.5));
  EXPECT_FALSE(map->has("name"));
  EXPECT_EQ(map->Number("absent"), std::nullopt);
  EXPECT_EQ(map->Number("pairs"), std::nullopt);
  EXPECT_TRUE(map->Numbers("count").empty());
}

TEST(FlexMap, ReadsWhatIsWritten) {
  const auto map = FlexMap::Read(WriteFlexMap({{"a", {1.5}}, {"b", {1, 2, 3}}}));
  ASSERT_TRUE(map) << map.error().message;
  EXPECT_EQ(map->Number("a"), 1.5);
  EXPECT_THAT(map->Numbers("b"), ElementsAre(1, 2, 3));
}

TEST(FlexMap, CorruptBytesAreRefused) {
  EXPECT_THAT(FlexMap::Read({}).error().message, HasSubstr("options of 0 bytes"));
  const std::vector<std::byte> garbage(40, std::byte{0x5A});
  EXPECT_FALSE(FlexMap::Read(garbage));
  flexbuffers::Builder builder;
  builder.Int(5);
  builder.Finish();
  const auto* data = reinterpret_cast<const std::byte*>(builder.GetBuffer().data());
  EXPECT_THAT(FlexMap::Read({data, builder.GetBuffer().size()}).error().message,
              HasSubstr("without a map"));
}

TEST(FlexMap, EveryFlippedByteIsSurvived) {
  const std::vector<std::byte> sample = Sample();
  for (size_t i = 0; i < sample.size(); ++i) {
    for (const int flip : {1, 0x40, 0xFF}) {
      std::vector<std::byte> bytes = sample;
      bytes[i] ^= static_cast<std::byte>(flip);
      (void)FlexMap::Read(bytes).has_value();
    }
  }
}

}  // namespace
}  // namespace brink::model

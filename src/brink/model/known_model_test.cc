#include "brink/model/known_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "brink/base/file.h"
#include "brink/model/builder.h"
#include "brink/model/file_pages.h"

namespace brink::model {
namespace {

namespace fs = std::filesystem;

// A model of two constants of a megabyte, ones and twos, in a file; records are kept at once.
class KnownModelTest : public testing::Test {
 protected:
  static constexpr int kElements = 1 << 18;

  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    ModelBuilder builder;
    const int x = builder.Input("x", Type::kFloat32, {kElements});
    const int ones = builder.Constant("ones", {kElements}, std::vector<float>(kElements, 1));
    const int twos = builder.Constant("twos", {kElements}, std::vector<float>(kElements, 2));
    const int sum = builder.Op("ADD", {x, ones}, {.name = "sum", .shape = {kElements}}, Options{});
    builder.Output(builder.Op("ADD", {sum, twos}, {.name = "y", .shape = {kElements}}, Options{}));
    ASSERT_TRUE(WriteFile(path_, builder.Build()));
  }
  void TearDown() override { fs::remove_all(folder_); }

  FileIdentity identity() const { return MappedFile::Open(path_).value()->identity(); }

  static float FirstOf(const Model& model, std::string_view name) {
    const auto tensor =
        std::ranges::find(model.graphs[0].tensors, name, [](const auto& t) { return t.name; });
    float value = 0;
    std::memcpy(&value, tensor->data.data(), sizeof(value));
    return value;
  }

  const std::string folder_ = testing::TempDir() + "brink-known-model-test";
  const std::string path_ = folder_ + "/model.tflite";
  const KnownFiles known_{folder_ + "/known", std::chrono::nanoseconds(0)};
};

TEST_F(KnownModelTest, AFileThatIsRememberedReadsAsBefore) {
  const std::string sha256 = Sha256Of(*ReadModel(path_, known_).value(), known_);
  EXPECT_EQ(sha256.size(), 64U);
  const KnownModel found = FindModel(known_, identity());
  EXPECT_EQ(found.sha256, sha256);
  EXPECT_GE(found.places.size(), 3U);
  const auto again = ReadModel(path_, known_).value();
  EXPECT_EQ(FirstOf(*again, "ones"), 1);
  EXPECT_EQ(FirstOf(*again, "twos"), 2);
  EXPECT_EQ(Sha256Of(*again), sha256);
}

TEST_F(KnownModelTest, BuffersThatAreRememberedAreNotLookedAt) {
  KnownModel model{.sha256 = std::string(64, 'a'),
                   .places = PlacesOf(MappedFile::Open(path_).value()->bytes())};
  std::vector<BufferPlace*> large;
  for (BufferPlace& place : model.places) {
    if (place.bytes == kElements * sizeof(float)) large.push_back(&place);
  }
  ASSERT_EQ(large.size(), 2U);
  std::swap(*large[0], *large[1]);
  Remember(model, identity(), known_);
  const auto swapped = ReadModel(path_, known_).value();
  EXPECT_EQ(FirstOf(*swapped, "ones"), 2);
  EXPECT_EQ(FirstOf(*swapped, "twos"), 1);
  EXPECT_EQ(Sha256Of(*swapped), model.sha256);
}

TEST_F(KnownModelTest, PlacesOutsideOfTheFileAreRefused) {
  KnownModel model{.sha256 = std::string(64, 'a'),
                   .places = PlacesOf(MappedFile::Open(path_).value()->bytes())};
  for (BufferPlace& place : model.places) place.offset = uint64_t{1} << 63;
  Remember(model, identity(), known_);
  const auto read = ReadModel(path_, known_);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, testing::HasSubstr("bytes at 9223372036854775808, the file"));
}

TEST_F(KnownModelTest, AnotherNumberOfPlacesIsNone) {
  Remember({.sha256 = std::string(64, 'a'), .places = {{.offset = 1, .bytes = 1}}}, identity(),
           known_);
  EXPECT_EQ(FirstOf(*ReadModel(path_, known_).value(), "twos"), 2);
}

TEST_F(KnownModelTest, ADamagedModelHasNoPlaces) {
  EXPECT_TRUE(PlacesOf({}).empty());
  const auto file = MappedFile::Open(path_).value();
  EXPECT_TRUE(PlacesOf(file->bytes().first(file->bytes().size() / 2)).empty());
}

}  // namespace
}  // namespace brink::model

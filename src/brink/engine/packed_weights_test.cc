#include "brink/engine/packed_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "brink/base/build_id.h"
#include "brink/base/zeroed_memory.h"
#include "brink/engine/started_session.h"

namespace brink::engine {
namespace {

namespace fs = std::filesystem;
using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kKey(64, 'a');
const std::string kOtherKey(64, 'b');

// A block of `bytes` bytes, each `fill`.
ops::Packing Filled(size_t bytes, char fill) {
  return {.bytes = bytes,
          .write = [=](std::byte* to,
                       std::byte* /*scratch*/) { std::fill_n(to, bytes, std::byte(fill)); },
          .step = nullptr};
}

std::string TextOf(const std::shared_ptr<const std::byte>& data, size_t bytes) {
  return {reinterpret_cast<const char*>(data.get()), bytes};
}

TEST(PackedWeights, AnArenaLiesBehindThemWhereTheirLargePageHasRoom) {
  const size_t cost = LargePageCost();
  EXPECT_FALSE(PackedWeights().Reserve(cost / 2, cost / 4));
  EXPECT_TRUE(PackedWeights().Reserve(cost / 2, cost / 4 * 3));
  EXPECT_TRUE(PackedWeights().Reserve(cost, cost / 4));
  EXPECT_TRUE(PackedWeights().Reserve(cost, cost));
  EXPECT_FALSE(PackedWeights().Reserve(2 * kLargePageBytes, cost / 4));
}

TEST(PackedWeights, BlocksAreFilledByHoweverManyThreads) {
  constexpr size_t kBlocks = 9;
  constexpr size_t kBytes = kLargePageBytes / 2 + 12;
  constexpr size_t kArenaBytes = kLargePageBytes / 2;
  for (const int threads : {1, 2, 3, 5}) {
    ThreadPool pool(threads);
    PackedWeights weights;
    const auto arena =
        weights.Reserve(kBlocks * PackedWeights::ReservedBytes(kBytes), kArenaBytes).value().Take();
    std::vector<std::shared_ptr<const std::byte>> blocks;
    for (size_t i = 0; i < kBlocks; ++i)
      blocks.push_back(weights.Take(Filled(kBytes, static_cast<char>('a' + i))));
    weights.PackAll(&pool, threads, [](std::span<const std::byte> /*read*/) {});
    for (size_t i = 0; i < kBlocks; ++i)
      EXPECT_EQ(TextOf(blocks[i], kBytes), std::string(kBytes, static_cast<char>('a' + i)));
    EXPECT_TRUE(std::all_of(arena.get(), arena.get() + kArenaBytes,
                            [](std::byte b) { return b == std::byte{0}; }));
  }
}

// How many of two threads pack small blocks that take long, until there were two.
size_t ThreadsThatPackSlowly() {
  constexpr size_t kBlocks = 5000;
  ThreadPool pool(2);
  PackedWeights weights;
  weights.Reserve(kBlocks * PackedWeights::ReservedBytes(1));
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::vector<std::shared_ptr<const std::byte>> blocks;
  for (size_t i = 0; i < kBlocks; ++i) {
    const auto write = [&](std::byte* to, std::byte* /*scratch*/) {
      *to = std::byte{'x'};
      std::unique_lock lock(mutex);
      threads.insert(std::this_thread::get_id());
      const bool waits = threads.size() < 2;
      lock.unlock();
      if (waits) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    blocks.push_back(weights.Take({.bytes = 1, .write = write, .step = nullptr}));
  }
  weights.PackAll(&pool, 2, [](std::span<const std::byte> /*read*/) {});
  for (const auto& block : blocks) EXPECT_EQ(TextOf(block, 1), "x");
  return threads.size();
}

TEST(PackedWeights, WhatTakesLongIsSharedHoweverFewBytesItHas) {
  EXPECT_EQ(ThreadsThatPackSlowly(), 2U);
}

class PackedWeightsTest : public testing::Test {
 protected:
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  // A file with blocks of 3, 0, 64 and 100 bytes.
  void WriteFour() const {
    PackedWeights weights;
    for (const size_t bytes : {3, 0, 64, 100}) weights.Take(Filled(bytes, 'x'));
    ASSERT_TRUE(weights.Write(path_, kKey));
  }

  // Writes another byte at the end, in place.
  static void Damage(const std::string& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('y');
  }

  const std::string folder_ = testing::TempDir() + "brink-packed-weights-test";
  const std::string path_ = folder_ + "/model/weights";
};

TEST_F(PackedWeightsTest, BlocksComeFromTheFileInTheirOrder) {
  WriteFour();
  auto weights = PackedWeights::Map(path_, kKey);
  ASSERT_TRUE(weights) << weights.error().message;
  for (const size_t bytes : {3, 0, 64, 100}) {
    EXPECT_FALSE(weights->AllMapped());
    const auto block = weights->Take(Filled(bytes, 'y'));
    EXPECT_EQ(TextOf(block, bytes), std::string(bytes, 'x'));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block.get()) % kTensorAlignment, 0u);
  }
  EXPECT_TRUE(weights->AllMapped());
}

TEST_F(PackedWeightsTest, BlocksLieAcrossLargePages) {
  const size_t sizes[] = {kLargePageBytes / 2, kLargePageBytes * 2, 3, kLargePageBytes / 2 - 1};
  PackedWeights written;
  char fill = 'a';
  for (const size_t bytes : sizes) written.Take(Filled(bytes, fill++));
  ASSERT_TRUE(written.Write(path_, kKey));
  auto weights = PackedWeights::Map(path_, kKey);
  ASSERT_TRUE(weights) << weights.error().message;
  fill = 'a';
  for (const size_t bytes : sizes) {
    const auto block = weights->Take(Filled(bytes, 'y'));
    EXPECT_EQ(TextOf(block, bytes), std::string(bytes, fill++));
  }
  EXPECT_TRUE(weights->AllMapped());
}

TEST_F(PackedWeightsTest, BlocksOutliveWhoGaveThem) {
  WriteFour();
  const auto block = PackedWeights::Map(path_, kKey).value().Take(Filled(3, 'y'));
  fs::remove_all(folder_);
  EXPECT_EQ(TextOf(block, 3), "xxx");
}

TEST_F(PackedWeightsTest, WhatTheFileDoesNotHoldIsPacked) {
  WriteFour();
  auto weights = PackedWeights::Map(path_, kKey).value();
  EXPECT_EQ(TextOf(weights.Take(Filled(4, 'y')), 4), "yyyy");
  for (const size_t bytes : {3, 0, 64, 100, 100}) weights.Take(Filled(bytes, 'y'));
  EXPECT_FALSE(weights.AllMapped());
}

TEST_F(PackedWeightsTest, AnotherKeyIsRefused) {
  WriteFour();
  const auto weights = PackedWeights::Map(path_, kOtherKey);
  ASSERT_FALSE(weights);
  EXPECT_THAT(weights.error().message, HasSubstr("another model or build"));
}

TEST_F(PackedWeightsTest, ADamagedFileIsRefusedWhateverTheByte) {
  WriteFour();
  std::ifstream in(path_, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  const std::string other = folder_ + "/damaged";
  const auto refuses = [&](const std::string& bytes) {
    std::ofstream(other, std::ios::binary) << bytes;
    return !PackedWeights::Map(other, kKey);
  };
  EXPECT_FALSE(refuses(whole));
  for (size_t at = 0; at < whole.size(); ++at) {
    if (at >= 24 && at < 64) continue;  // of no use yet
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 16);
    EXPECT_TRUE(refuses(damaged)) << at;
  }
  for (size_t size = 0; size < whole.size(); size += 8) {
    EXPECT_TRUE(refuses(whole.substr(0, size))) << size;
  }
  EXPECT_TRUE(refuses(whole + std::string(64, '\0')));
}

TEST_F(PackedWeightsTest, AFileThatIsKnownToBeRightIsNotReadAgain) {
  WriteFour();
  const KnownFiles known(folder_ + "/known", std::chrono::nanoseconds(0));
  ASSERT_TRUE(PackedWeights::Map(path_, kKey, known));
  const auto file = MappedFile::Open(path_).value();
  const std::optional<std::string> fact = known.Find(file->identity());
  ASSERT_TRUE(fact);
  Damage(path_);
  known.Remember(MappedFile::Open(path_).value()->identity(), *fact);
  EXPECT_TRUE(PackedWeights::Map(path_, kKey, known));
  EXPECT_FALSE(PackedWeights::Map(path_, kOtherKey, known));
  EXPECT_FALSE(PackedWeights::Map(path_, kKey));
}

TEST_F(PackedWeightsTest, AKnownFileThatIsWrittenToIsReadAgain) {
  WriteFour();
  const KnownFiles known(folder_ + "/known", std::chrono::nanoseconds(0));
  ASSERT_TRUE(PackedWeights::Map(path_, kKey, known));
  const FileIdentity before = MappedFile::Open(path_).value()->identity();
  const auto time = fs::last_write_time(path_);
  do {  // the file system's clock may be coarse
    Damage(path_);
    fs::last_write_time(path_, time);
  } while (MappedFile::Open(path_).value()->identity() == before);
  EXPECT_FALSE(PackedWeights::Map(path_, kKey, known));
}

// A convolution and a product of matrices.
ModelBuilder ConvolutionAndProduct() {
  ModelBuilder b;
  const auto values = [](size_t count) {
    std::vector<float> made(count);
    for (size_t i = 0; i < count; ++i) made[i] = static_cast<float>(i * 7 % 13) / 13 - 0.5F;
    return made;
  };
  const int x = b.Input("x", Type::kFloat32, {1, 9, 9, 8});
  const int filter = b.Constant("filter", {16, 3, 3, 8}, values(size_t{16} * 9 * 8));
  const int matrix = b.Constant("matrix", {5, 16}, values(size_t{5} * 16));
  const int conv =
      b.Op("CONV_2D", {x, filter, model::kAbsent}, {.name = "conv", .shape = {1, 9, 9, 16}},
           Options{{0, int8_t{0}}, {1, 1}, {2, 1}, {3, int8_t{1}}, {4, 1}, {5, 1}});
  b.Output(b.Op("FULLY_CONNECTED", {conv, matrix, model::kAbsent},
                {.name = "y", .shape = {1, 9, 9, 5}}, Options{{2, int8_t{1}}}));
  return b;
}

class KeptPlanTest : public PackedWeightsTest {
 protected:
  std::vector<float> Answer(const PlanOptions& options) const {
    const auto session = Start(ConvolutionAndProduct(), options);
    float next = 0;
    for (float& value : session->input(0).as<float>()) value = next += 0.01F;
    EXPECT_TRUE(session->Run());
    const auto values = session->output(0).as<float>();
    return {values.begin(), values.end()};
  }

  std::vector<fs::path> Files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    return files;
  }

  PlanOptions options_{
      .packed_folder = folder_, .least_kept_bytes = 0, .model_sha256 = std::string(64, 'c')};
};

ino_t Inode(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_ino;
}

TEST_F(KeptPlanTest, TheSecondPlanMapsWhatTheFirstLeftAndAnswersTheSame) {
  ASSERT_FALSE(BuildId().empty());
  const std::vector<float> wanted = Answer({});
  EXPECT_EQ(Answer(options_), wanted);
  const std::vector<fs::path> files = Files();
  ASSERT_THAT(files, SizeIs(1));
  const ino_t first = Inode(files[0]);
  EXPECT_EQ(Answer(options_), wanted);
  EXPECT_THAT(Files(), ElementsAre(files[0]));
  EXPECT_EQ(Inode(files[0]), first);
}

TEST_F(KeptPlanTest, AFolderSaysToTheHourWhenItWasLastOfUse) {
  using std::chrono::hours;
  Answer(options_);
  const fs::path folder = Files().at(0).parent_path();
  const auto now = fs::file_time_type::clock::now();
  const auto marked_after = [&](fs::file_time_type before) {
    fs::last_write_time(folder, before);
    Answer(options_);
    return fs::last_write_time(folder);
  };
  EXPECT_GE(marked_after(now - hours(2)), now);
  EXPECT_EQ(marked_after(now - std::chrono::minutes(30)), now - std::chrono::minutes(30));
  EXPECT_LT(marked_after(now + hours(48)), now + hours(1));  // of a clock that was wrong
}

TEST_F(KeptPlanTest, ADamagedFileIsMadeAgain) {
  const std::vector<float> wanted = Answer(options_);
  const fs::path file = Files().at(0);
  const auto size = fs::file_size(file);
  fs::resize_file(file, size / 2);
  EXPECT_EQ(Answer(options_), wanted);
  EXPECT_EQ(fs::file_size(file), size);
}

TEST_F(KeptPlanTest, OtherOptionsHaveAFileOfTheirOwn) {
  Answer(options_);
  options_.threads = 2;
  Answer(options_);
  options_.outputs = {"conv"};
  Answer(options_);
  options_.model_sha256 = std::string(64, 'd');
  Answer(options_);
  EXPECT_THAT(Files(), SizeIs(4));
}

TEST_F(KeptPlanTest, LittleIsPackedIntoMemory) {
  options_.least_kept_bytes = size_t{1} << 20;
  EXPECT_EQ(Answer(options_), Answer({}));
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(KeptPlanTest, AFolderThatCannotBeWrittenCostsNothing) {
  options_.packed_folder = "/proc/no-such-folder";
  EXPECT_EQ(Answer(options_), Answer({}));
}

// Bytes in memory of the mapped file.
size_t ResidentBytes(const std::string& path) {
  std::ifstream maps("/proc/self/smaps");
  size_t bytes = 0;
  bool is_of_file = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < line.find(' ')) is_of_file = line.ends_with(path);
    if (is_of_file && line.starts_with("Rss:")) bytes += std::stoul(line.substr(4)) << 10;
  }
  return bytes;
}

// A matrix of 16 MB in float32, as it is or from signed bytes.
ModelBuilder LargeMatrix(bool is_dequantised) {
  constexpr int kExtent = 2048;
  constexpr size_t kCount = size_t{kExtent} * kExtent;
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {16, kExtent});
  int matrix = 0;
  if (is_dequantised) {
    const int stored = b.Constant("stored", {kExtent, kExtent}, std::vector<int8_t>(kCount, 1),
                                  {.scale = {0.5F}, .zero_point = {0}});
    matrix = b.Op("DEQUANTIZE", {stored}, {.name = "matrix", .shape = {kExtent, kExtent}});
  } else {
    matrix = b.Constant("matrix", {kExtent, kExtent}, std::vector<float>(kCount, 0.5F));
  }
  b.Output(b.Op("FULLY_CONNECTED", {x, matrix, model::kAbsent},
                {.name = "y", .shape = {16, kExtent}}, Options{}));
  return b;
}

TEST_F(PackedWeightsTest, TheFileOfWhatIsPackedTakesNoMemory) {
  for (const bool is_dequantised : {false, true}) {
    fs::create_directories(folder_);
    const std::string path = folder_ + "/large.tflite";
    ASSERT_TRUE(WriteFile(path, LargeMatrix(is_dequantised).Build()));
    const auto model = model::ReadModel(path);
    ASSERT_TRUE(model) << model.error().message;
    const auto plan = Plan::Build(*model, {});
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_GT((*plan)->weights_bytes(), size_t{16} << 20);
    EXPECT_LT(ResidentBytes(path), size_t{1} << 20) << is_dequantised;
  }
}

}  // namespace
}  // namespace brink::engine

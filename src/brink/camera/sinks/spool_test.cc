#include "brink/camera/sinks/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace brink::camera {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

std::vector<std::string> Drain(Spool spool) {
  std::vector<std::string> texts;
  while (const std::string* oldest = spool.Oldest()) {
    texts.push_back(*oldest);
    spool.RemoveOldest();
  }
  return texts;
}

fs::path Fresh() {
  fs::path folder =
      fs::path(testing::TempDir()) /
      ("brink_spool_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
  fs::remove_all(folder);
  return folder;
}

TEST(Spool, GivesWhatItGotInOrder) {
  for (const std::string& folder : {std::string(), Fresh().string()}) {
    Spool spool = Spool::Open({.folder = folder}).value();
    for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(spool.Add(text).has_value());
    EXPECT_EQ(spool.size(), 3u);
    EXPECT_THAT(Drain(std::move(spool)), ElementsAre("a", "b", "c"));
    EXPECT_TRUE(folder.empty() || fs::is_empty(folder));
  }
}

TEST(Spool, WhatWaitsSurvivesARestartAndOthersFilesAreLeftAlone) {
  const fs::path folder = Fresh();
  {
    Spool spool = Spool::Open({.folder = folder}).value();
    for (int k = 0; k < 12; ++k) ASSERT_TRUE(spool.Add(std::to_string(k)).has_value());
    for (int k = 0; k < 9; ++k) spool.RemoveOldest();
  }
  std::ofstream(folder / "notes.event.txt") << "mine";
  std::ofstream(folder / ".event") << "mine";
  Spool spool = Spool::Open({.folder = folder}).value();
  ASSERT_TRUE(spool.Add("new").has_value());
  EXPECT_THAT(Drain(std::move(spool)), ElementsAre("9", "10", "11", "new"));
  EXPECT_TRUE(fs::exists(folder / "notes.event.txt"));
}

TEST(Spool, BeyondItsLimitTheOldestAreGivenUp) {
  const fs::path folder = Fresh();
  Spool spool = Spool::Open({.folder = folder, .limit_bytes = 10}).value();
  for (const char* text : {"aaaa", "bbbb", "cccc"}) ASSERT_TRUE(spool.Add(text).has_value());
  EXPECT_EQ(spool.lost(), 1u);
  EXPECT_EQ(spool.Add(std::string(11, 'x')).error().code, Code::kResourceExhausted);
  EXPECT_THAT(Drain(std::move(spool)), ElementsAre("bbbb", "cccc"));
}

}  // namespace
}  // namespace brink::camera

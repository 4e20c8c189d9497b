#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "brink/base/log.h"

namespace brink::log {
namespace {

TEST(LogAtOnce, LinesOfManyThreadsNeverMix) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  Configure({.format = Format::kPlain, .file = file});
  constexpr int kThreads = 8;
  constexpr int kRecords = 200;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([thread] {
      for (int record = 0; record < kRecords; ++record) {
        Info("record", {{"thread", thread}, {"record", record}, {"pad", std::string(100, 'x')}});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Configure({});
  std::rewind(file);
  char line[512];
  int lines = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    ++lines;
    EXPECT_THAT(line, testing::MatchesRegex("time=[^ ]+ level=info msg=record thread=[0-9] "
                                            "record=[0-9]+ pad=x{100}\n"));
  }
  EXPECT_EQ(lines, kThreads * kRecords);
  std::fclose(file);
}

}  // namespace
}  // namespace brink::log

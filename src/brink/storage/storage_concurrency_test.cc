#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <latch>

#include "brink/base/file.h"
#include "brink/base/scripted_server.h"
#include "brink/base/sha256.h"
#include "brink/storage/storage.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;

class StorageAtOnce : public testing::Test {
 protected:
  void SetUp() override {
    setenv("no_proxy", "127.0.0.1", 1);  // whatever proxy this machine uses
    std::string name = (fs::temp_directory_path() / "brink-storage-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    options_.cache_dir = folder_ / "cache";
  }
  void TearDown() override { fs::remove_all(folder_); }
  int FilesInCache() const {
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(options_.cache_dir)) {
      const bool lock = entry.path().filename().string().ends_with("lock");
      files += entry.is_regular_file() && !lock ? 1 : 0;
    }
    return files;
  }

  fs::path folder_;
  FetchOptions options_;
};

TEST_F(StorageAtOnce, ACancelledDownloadEnds) {
  std::atomic<bool> cancelled{false};
  ScriptedServer server([&](const auto&, const Connection& c) {
    c.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
    cancelled = true;
    c.ClosedWithin(-1);
  });
  options_.cancelled = &cancelled;
  options_.stall_timeout = std::chrono::seconds(60);
  const auto fetched = Fetch(server.Url("/m"), options_);
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, Code::kCancelled);
  EXPECT_EQ(FilesInCache(), 0);
}

TEST_F(StorageAtOnce, FetchesDoNotDisturbEachOther) {
  const std::string body(1 << 20, 'm');
  const std::string digest = Sha256Hex(std::as_bytes(std::span(body)));
  ScriptedServer server([&](const auto&, const Connection& c) {
    c.Send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  });
  constexpr int kThreads = 8;
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  std::array<std::string, kThreads> digests;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      start.arrive_and_wait();
      const auto fetched = Fetch(server.Url("/m"), options_);
      const auto content = fetched ? ReadFile(fetched->path, body.size()) : ReadFile("", 0);
      digests[thread] = content ? Sha256Hex(*content) : "nothing";
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& got : digests) EXPECT_EQ(got, digest);
  EXPECT_EQ(FilesInCache(), 2);
}

}  // namespace
}  // namespace brink::storage

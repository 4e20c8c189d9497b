#include "brink/base/known_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "brink/base/file.h"

namespace brink {
namespace {

namespace fs = std::filesystem;

class KnownFilesTest : public testing::Test {
 protected:
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path OnlyRecord() const { return fs::directory_iterator(folder_)->path(); }

  const std::string folder_ = testing::TempDir() + "brink-known-files-test";
  const KnownFiles known_{folder_};
  const FileIdentity old_{.device = 1, .inode = 2, .bytes = 3, .modified_ns = 4, .changed_ns = 5};
};

TEST_F(KnownFilesTest, TheNextProcessFindsWhatWasRemembered) {
  EXPECT_EQ(known_.Find(old_), std::nullopt);
  known_.Remember(old_, "a fact");
  EXPECT_EQ(KnownFiles(folder_).Find(old_), "a fact");
  known_.Remember(old_, "another");
  EXPECT_EQ(known_.Find(old_), "another");
  known_.Remember(old_, "");
  EXPECT_EQ(known_.Find(old_), "");
}

TEST_F(KnownFilesTest, AnyDifferenceMakesAnotherContent) {
  known_.Remember(old_, "a fact");
  for (uint64_t FileIdentity::*field :
       {&FileIdentity::device, &FileIdentity::inode, &FileIdentity::bytes}) {
    FileIdentity other = old_;
    other.*field += 1;
    EXPECT_EQ(known_.Find(other), std::nullopt);
  }
  for (int64_t FileIdentity::*field : {&FileIdentity::modified_ns, &FileIdentity::changed_ns}) {
    FileIdentity other = old_;
    other.*field += 1;
    EXPECT_EQ(known_.Find(other), std::nullopt);
  }
}

TEST_F(KnownFilesTest, NothingIsRememberedOfWhatChangedJustNow) {
  fs::create_directories(folder_);
  const std::string path = folder_ + "/file";
  std::ofstream(path) << "content";
  const FileIdentity identity = MappedFile::Open(path).value()->identity();
  EXPECT_GT(identity.changed_ns, 0);
  known_.Remember(identity, "a fact");
  EXPECT_EQ(known_.Find(identity), std::nullopt);
}

TEST_F(KnownFilesTest, ADamagedRecordIsNone) {
  known_.Remember(old_, "a fact");
  const std::string whole = ReadTextFile(OnlyRecord(), 1000).value();
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::ofstream(OnlyRecord(), std::ios::binary) << damaged;
    EXPECT_EQ(known_.Find(old_), std::nullopt) << at;
    std::ofstream(OnlyRecord(), std::ios::binary) << whole.substr(0, at);
    EXPECT_EQ(known_.Find(old_), std::nullopt) << at;
  }
}

TEST_F(KnownFilesTest, ARecordOfAnotherStartOfTheMachineIsNone) {
  known_.Remember(old_, "a fact");
  const std::string record = ReadTextFile(OnlyRecord(), 1000).value();
  const std::string boot = ReadTextFile("/proc/sys/kernel/random/boot_id", 1000).value();
  EXPECT_NE(record.find(boot), std::string::npos);
}

TEST_F(KnownFilesTest, WithoutAFolderNothingIsKnown) {
  const KnownFiles none;
  none.Remember(old_, "a fact");
  EXPECT_EQ(none.Find(old_), std::nullopt);
  const KnownFiles unwritable("/proc/no-such-folder");
  unwritable.Remember(old_, "a fact");
  EXPECT_EQ(unwritable.Find(old_), std::nullopt);
}

TEST_F(KnownFilesTest, AWriteInPlaceMakesAnotherIdentity) {
  fs::create_directories(folder_);
  const std::string path = folder_ + "/file";
  std::ofstream(path) << "content";
  const FileIdentity first = MappedFile::Open(path).value()->identity();
  EXPECT_EQ(MappedFile::Open(path).value()->identity(), first);
  // Whoever sets the time of the last modification back cannot hide that there was a change.
  const auto time = fs::last_write_time(path);
  FileIdentity second = first;
  while (second.changed_ns == first.changed_ns) {  // the file system's clock may be coarse
    std::fstream(path, std::ios::in | std::ios::out) << "CONTENT";
    fs::last_write_time(path, time);
    second = MappedFile::Open(path).value()->identity();
  }
  EXPECT_EQ(second.modified_ns, first.modified_ns);
  EXPECT_EQ(second.bytes, first.bytes);
  EXPECT_NE(second, first);
}

}  // namespace
}  // namespace brink

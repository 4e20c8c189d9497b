#include "brink/model/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "brink/model/builder.h"

namespace brink::model {
namespace {

using testing::HasSubstr;

constexpr size_t kLimit = 1 << 16;
constexpr size_t kEndBytes = 22;

std::vector<std::byte> Text(const std::string& text) {
  return BytesOf(std::vector<char>(text.begin(), text.end()));
}

std::string Repeated(const std::string& text, int times) {
  std::string all;
  for (int k = 0; k < times; ++k) all += text;
  return all;
}

// Two files behind something that is no archive.
std::vector<std::byte> SampleArchive() {
  return AppendZip(Text("what stands before"),
                   std::vector<ZipContent>{
                       {.name = "labels.txt", .content = "cat\ndog\n"},
                       {.name = "long.txt", .content = Repeated("again ", 900), .deflated = true}});
}

// Every content that can be read; that there are no other accesses is for the sanitizers to see.
std::vector<std::string> ReadAll(const std::vector<std::byte>& file) {
  std::vector<std::string> contents;
  const auto entries = ListZip(file);
  if (!entries) return contents;
  for (const ZipEntry& entry : *entries) {
    if (auto content = ReadZipEntry(file, entry, kLimit)) contents.push_back(std::move(*content));
  }
  return contents;
}

TEST(Zip, StoredAndDeflatedFilesAreRead) {
  const auto file = SampleArchive();
  const auto entries = ListZip(file).value();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].name, "labels.txt");
  EXPECT_EQ(ReadZipEntry(file, entries[0], kLimit).value(), "cat\ndog\n");
  EXPECT_EQ(entries[1].bytes, 5400u);
  EXPECT_LT(entries[1].packed_bytes, 200u);
  EXPECT_EQ(ReadZipEntry(file, entries[1], kLimit).value(), Repeated("again ", 900));
}

TEST(Zip, EmptyFilesAreRead) {
  const auto file =
      AppendZip({}, std::vector<ZipContent>{{.name = "a"}, {.name = "b", .deflated = true}});
  EXPECT_THAT(ReadAll(file), testing::ElementsAre("", ""));
}

TEST(Zip, AFileWithoutAnArchiveHasNoEntries) {
  EXPECT_TRUE(ListZip({}).value().empty());
  EXPECT_TRUE(ListZip(Text("no archive here, but more than twenty-two bytes")).value().empty());
}

TEST(Zip, AnArchiveMadeApartCountsFromItsOwnStart) {
  const auto apart =
      AppendZip({}, std::vector<ZipContent>{{.name = "labels.txt", .content = "cat\n"}});
  auto file = Text("a model of some bytes");
  file.insert(file.end(), apart.begin(), apart.end());
  EXPECT_THAT(ReadAll(file), testing::ElementsAre("cat\n"));
}

TEST(Zip, ACommentMayStandAtTheEnd) {
  auto file = SampleArchive();
  file[file.size() - 2] = std::byte{5};
  const auto comment = Text("hello");
  file.insert(file.end(), comment.begin(), comment.end());
  EXPECT_EQ(ReadAll(file).size(), 2u);
}

TEST(Zip, TooLongOrTooManyIsRefusedBeforeItIsRead) {
  const auto file = SampleArchive();
  const auto long_one = ListZip(file).value()[1];
  const auto refused = ReadZipEntry(file, long_one, 5399);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
  EXPECT_EQ(refused.error().message, "'long.txt': 5400 bytes, at most 5399 are read");
  const auto many = ListZip(AppendZip({}, std::vector<ZipContent>(kMostZipEntries + 1)));
  ASSERT_FALSE(many);
  EXPECT_THAT(many.error().message, HasSubstr("65 files, at most 64"));
}

TEST(Zip, WhatIsNotAsTheDirectorySaysIsRefused) {
  const auto file = SampleArchive();
  const auto error_of = [&](const auto& change) {
    ZipEntry entry = ListZip(file).value()[0];
    change(entry);
    const auto content = ReadZipEntry(file, entry, kLimit);
    return content ? "read" : content.error().message;
  };
  EXPECT_THAT(error_of([](ZipEntry& e) { e.crc ^= 1; }), HasSubstr("another sum"));
  EXPECT_THAT(error_of([](ZipEntry& e) { e.bytes = 7; }), HasSubstr("two sizes differ"));
  EXPECT_THAT(error_of([](ZipEntry& e) { e.offset += 1; }), HasSubstr("no header"));
  EXPECT_THAT(error_of([](ZipEntry& e) { e.offset = ~uint64_t{0}; }), HasSubstr("outside"));
  EXPECT_THAT(error_of([](ZipEntry& e) { e.packed_bytes = 1 << 30; }), HasSubstr("outside"));
  EXPECT_THAT(error_of([](ZipEntry& e) { e.method = 8; }), HasSubstr("does not unpack"));
  EXPECT_THAT(error_of([](ZipEntry& e) { e.method = 12; }), HasSubstr("method 12"));
}

TEST(Zip, ADeflatedFileThatIsLongerOrShorterThanItSaysIsRefused) {
  const auto file = SampleArchive();
  for (const uint64_t bytes : {5399u, 5401u}) {
    ZipEntry entry = ListZip(file).value()[1];
    entry.bytes = bytes;
    EXPECT_FALSE(ReadZipEntry(file, entry, kLimit)) << bytes;
  }
}

TEST(Zip, Zip64AndArchivesInPartsAreSaidToBeUnsupported) {
  for (const size_t from_end : {kEndBytes - 4, kEndBytes - 10}) {
    auto file = SampleArchive();
    for (size_t k = 0; k < 2; ++k) file[file.size() - from_end + k] = std::byte{0xff};
    const auto entries = ListZip(file);
    ASSERT_FALSE(entries);
    EXPECT_EQ(entries.error().code, Code::kUnimplemented);
  }
}

TEST(Zip, ATruncatedFileHasNoReadableArchive) {
  const auto file = SampleArchive();
  for (size_t size = 0; size < file.size(); ++size) {
    const std::vector<std::byte> cut(file.begin(),
                                     file.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(ReadAll(cut).empty()) << size;
  }
}

TEST(Zip, FlippedBytesNeverReadOutside) {
  const auto file = SampleArchive();
  for (size_t at = 0; at < file.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      auto flipped = file;
      flipped[at] ^= static_cast<std::byte>(flip);
      EXPECT_LE(ReadAll(flipped).size(), 2u);
    }
  }
}

TEST(Zip, NoiseNeverReadsOutside) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    auto file = SampleArchive();
    for (int k = 0; k < 8; ++k) file[random() % file.size()] = static_cast<std::byte>(random());
    ReadAll(file);
  }
}

}  // namespace
}  // namespace brink::model

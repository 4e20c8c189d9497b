// Files that the builder cannot make: flatbuffers whose parts overlap.
#include "brink/model/wire_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "brink/model/graph.h"

namespace brink::model {
namespace {

std::vector<std::byte> Finish(flatbuffers::FlatBufferBuilder& fbb,
                              flatbuffers::Offset<wire::SubGraph> graph) {
  const auto graphs = fbb.CreateVector(&graph, 1);
  fbb.Finish(wire::CreateModel(fbb, 3, 0, graphs), wire::ModelIdentifier());
  const auto bytes = std::as_bytes(std::span(fbb.GetBufferPointer(), fbb.GetSize()));
  return {bytes.begin(), bytes.end()};
}

TEST(WireFile, PartsThatOverlapToGigabytesAreRefused) {
  flatbuffers::FlatBufferBuilder fbb;
  const auto name = fbb.CreateString(std::string(100000, 'n'));
  const auto tensor = wire::CreateTensor(fbb, 0, 0, 0, name);
  const auto tensors = fbb.CreateVector(std::vector(100000, tensor));
  const auto model = ReadModel(Finish(fbb, wire::CreateSubGraph(fbb, tensors)), "m");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Code::kResourceExhausted);
  EXPECT_THAT(model.error().message, ::testing::HasSubstr("its parts overlap"));
}

TEST(WireFile, VectorsAreViewedWhereTheyLieUnlessTheyAreNotAligned) {
  flatbuffers::FlatBufferBuilder fbb;
  const std::vector<std::byte> bytes = Finish(fbb, wire::CreateSubGraph(fbb));
  auto file = WireFile::Open(bytes);
  ASSERT_TRUE(file);
  // The length, then two numbers; the second vector's lie four bytes beside where int64 may.
  alignas(8) std::array<uint32_t, 6> words{0, 2, 1, 0, 2, 0};
  const auto vector_at = [&](size_t word) {
    return reinterpret_cast<const flatbuffers::Vector<int64_t>*>(words.data() + word);
  };
  const auto aligned = file->View(vector_at(1));
  ASSERT_TRUE(aligned);
  EXPECT_EQ(static_cast<const void*>(aligned->data()), words.data() + 2);
  EXPECT_TRUE(std::ranges::equal(*aligned, std::array<int64_t, 2>{1, 2}));
  words = {2, 1, 0, 2, 0, 0};
  const auto copied = file->View(vector_at(0));
  ASSERT_TRUE(copied);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(copied->data()) % alignof(int64_t), 0U);
  EXPECT_TRUE(std::ranges::equal(*copied, std::array<int64_t, 2>{1, 2}));
  EXPECT_EQ(file->TakeMade().size(), 1U);
}

TEST(WireFile, BuffersOutsideOfTheFileAreRefused) {
  for (const uint32_t offset : {uint32_t{0}, uint32_t{1000}, uint32_t{1} << 31, UINT32_MAX}) {
    flatbuffers::FlatBufferBuilder fbb;
    const auto buffers = fbb.CreateVector(&offset, 1);
    const auto tensor = wire::CreateTensor(fbb);
    const auto graph = wire::CreateSubGraph(fbb, fbb.CreateVector(&tensor, 1));
    const auto graphs = fbb.CreateVector(&graph, 1);
    fbb.Finish(wire::CreateModel(fbb, 3, 0, graphs, 0, buffers), wire::ModelIdentifier());
    const auto bytes = std::as_bytes(std::span(fbb.GetBufferPointer(), fbb.GetSize()));
    const auto model = ReadModel(std::vector<std::byte>(bytes.begin(), bytes.end()), "m");
    ASSERT_FALSE(model) << offset;
    EXPECT_THAT(model.error().message,
                testing::HasSubstr("m: tensor 0: buffer 0: truncated or corrupt"))
        << offset;
  }
}

TEST(WireFile, OffsetsBeyondTheFileAreRefused) {
  flatbuffers::FlatBufferBuilder fbb;
  const auto buffer = wire::CreateBuffer(fbb, 0, 1000, uint64_t{1} << 63);
  const auto buffers = fbb.CreateVector(&buffer, 1);
  const auto tensor = wire::CreateTensor(fbb);
  const auto graph = wire::CreateSubGraph(fbb, fbb.CreateVector(&tensor, 1));
  const auto graphs = fbb.CreateVector(&graph, 1);
  fbb.Finish(wire::CreateModel(fbb, 3, 0, graphs, 0, buffers.o), wire::ModelIdentifier());
  const auto bytes = std::as_bytes(std::span(fbb.GetBufferPointer(), fbb.GetSize()));
  const auto model = ReadModel(std::vector<std::byte>(bytes.begin(), bytes.end()), "m");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().message,
            "m: tensor 0: buffer 0: 9223372036854775808 bytes at 1000, the file has " +
                std::to_string(bytes.size()));
}

}  // namespace
}  // namespace brink::model

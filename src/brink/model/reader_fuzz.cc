// Fuzzes ReadModel. The first byte picks what the rest means: 0, a file as it is; else patches of a
// sample model, five bytes each: four of an offset, one of a value. So the fuzzer gets past the
// identifier without a corpus.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "brink/model/reader_testing.h"

namespace {

std::vector<std::byte> Bytes(const uint8_t* data, size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  if (size == 0) return {};
  if (data[0] == 0) return {bytes + 1, bytes + size};
  static const auto samples = brink::model::SampleModels();
  std::vector<std::byte> patched = samples[data[0] % samples.size()];
  for (size_t at = 1; at + 5 <= size; at += 5) {
    uint32_t offset = 0;
    std::memcpy(&offset, data + at, sizeof(offset));
    patched[offset % patched.size()] = bytes[at + 4];
  }
  return patched;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto model = brink::model::ReadModel(Bytes(data, size), "fuzz");
  if (model) brink::model::ModelWalk(**model).Walk();
  return 0;
}

// Whatever a server answers, decoding it gives tensors that are as large as their shapes say and no
// larger than the answer can make them, or an error.
#include <cstdint>
#include <cstdlib>

#include "brink/protocols/open_inference/infer.h"
#include "brink/protocols/open_inference/model_metadata.h"

// The first two bytes are the head's length, 0xFFFF for none.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace brink;
  using namespace brink::protocols::open_inference;
  if (size < 2) return 0;
  const size_t length = size_t{data[0]} << 8 | data[1];
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (const auto told = DecodeModelTensors(text)) {
    for (const auto& one : told->inputs) {
      if (one.shape.rank() > Shape::kMaxRank) std::abort();
    }
  }
  if (ReasonIn(text).size() > 200) std::abort();
  const std::vector<api::TensorDescription> wanted = {{.name = "y", .type = Type::kFloat32},
                                                      {.name = "n", .type = Type::kInt64}};
  const auto head = length == 0xFFFF ? std::nullopt : std::optional<size_t>(length);
  const auto tensors = DecodeInfer(text, head, wanted);
  if (!tensors) return 0;
  if (tensors->size() != wanted.size()) std::abort();
  for (size_t k = 0; k < wanted.size(); ++k) {
    const Tensor& one = (*tensors)[k];
    if (one.type() != wanted[k].type) std::abort();
    const auto bytes = static_cast<size_t>(PackedBytes(one.type(), one.shape().elements()));
    if (one.bytes().size() != bytes || bytes > 8 * size) std::abort();
  }
  return 0;
}

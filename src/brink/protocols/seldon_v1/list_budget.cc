#include "brink/protocols/seldon_v1/list_budget.h"

#include <string>

namespace brink::protocols::seldon_v1 {
namespace {

// As much as the largest message that is filled up, so that one of those is always taken.
constexpr uint64_t kAlways = uint64_t{64} << 20;
// An array takes up to this times its bytes on the wire: an empty text, two bytes there, is a
// std::string.
constexpr uint64_t kGrowth = 16;

uint64_t BytesOf(const api::Message& message) {
  uint64_t bytes = sizeof(message);
  const auto* tensors = std::get_if<api::Tensors>(&message.payload);
  if (tensors == nullptr) return bytes;
  for (const api::NamedTensor& item : tensors->items) {
    bytes += item.tensor.bytes().size();
    for (const std::string& text : item.tensor.strings())
      bytes += sizeof(std::string) + text.size();
  }
  return bytes;
}

}  // namespace

ListBudget::ListBudget(size_t request_bytes) : left_(kAlways + kGrowth * request_bytes) {}

Status ListBudget::Take(const api::Message& message) {
  const uint64_t bytes = BytesOf(message);
  if (bytes > left_) {
    return Fail(Code::kInvalidArgument,
                "seldonMessages: its messages take far more memory than the request");
  }
  left_ -= bytes;
  return {};
}

}  // namespace brink::protocols::seldon_v1

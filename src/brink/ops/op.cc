#include "brink/ops/op.h"

#include <algorithm>

namespace brink::ops {

std::shared_ptr<const std::byte> Packing::InMemory() const {
  auto memory = std::make_shared<Tensor>(Type::kUInt8, Shape{static_cast<int64_t>(bytes)});
  // What lies between the weights may end in a file.
  std::ranges::fill(memory->bytes(), std::byte{0});
  write(memory->bytes().data());
  const std::byte* first = memory->bytes().data();
  return {std::move(memory), first};
}

Run Prepared::Ready() const { return packing ? packing->step(packing->InMemory()) : run; }

}  // namespace brink::ops

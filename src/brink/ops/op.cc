#include "brink/ops/op.h"

#include <algorithm>
#include <new>

#include "brink/base/zeroed_memory.h"

namespace brink::ops {

std::shared_ptr<const std::byte> Packing::InMemory() const {
  auto memory = std::make_shared<Tensor>(Type::kUInt8, Shape{static_cast<int64_t>(bytes)});
  // What lies between the weights may end in a file.
  std::ranges::fill(memory->bytes(), std::byte{0});
  const ZeroedMemory scratch = AllocateZeroed(scratch_bytes);
  if (scratch == nullptr) throw std::bad_alloc();
  write(memory->bytes().data(), scratch.get());
  const std::byte* first = memory->bytes().data();
  return {std::move(memory), first};
}

Run Prepared::Ready() const { return packing ? packing->step(packing->InMemory()) : run; }

}  // namespace brink::ops

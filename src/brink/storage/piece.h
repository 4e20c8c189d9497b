// Bytes between a connection and a file. storage/ only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace brink::storage {

// A run of a file's bytes, from a multiple of kBytes (or later) to the next at most. Its memory
// begins where a page does: bytes lie within a page of memory as in the file's, which is how the
// kernel copies them fastest. It is taken at the first Add.
class Piece {
 public:
  // Few calls between threads for them, and few bytes that wait.
  static constexpr size_t kBytes = size_t{256} << 10;

  Piece() = default;
  Piece(Piece&& other) noexcept
      : memory_(std::move(other.memory_)),
        from_(std::exchange(other.from_, 0)),
        to_(std::exchange(other.to_, 0)) {}
  Piece& operator=(Piece&& other) noexcept {
    memory_ = std::move(other.memory_);
    from_ = std::exchange(other.from_, 0);
    to_ = std::exchange(other.to_, 0);
    return *this;
  }

  // Takes of `bytes`, which belong at `offset` of the file, as many as belong to this piece; says
  // how many. What follows goes on where this ended, or into an empty piece.
  size_t Add(size_t offset, std::span<const std::byte> bytes) {
    if (!memory_) memory_.reset(static_cast<std::byte*>(std::aligned_alloc(kPage, kBytes)));
    if (!memory_) throw std::bad_alloc();
    if (empty()) from_ = to_ = offset % kBytes;
    const size_t taken = std::min(bytes.size(), kBytes - to_);
    std::memcpy(memory_.get() + to_, bytes.data(), taken);
    to_ += taken;
    return taken;
  }
  void Clear() { from_ = to_ = 0; }

  bool empty() const { return from_ == to_; }
  bool full() const { return to_ == kBytes; }
  bool has_memory() const { return memory_ != nullptr; }
  std::span<const std::byte> bytes() const { return {memory_.get() + from_, to_ - from_}; }

 private:
  static constexpr size_t kPage = 4096;

  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  size_t from_ = 0;
  size_t to_ = 0;
};

}  // namespace brink::storage

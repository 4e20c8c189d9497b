// The bytes of a .tflite file and guarded access to its flatbuffer. Internal to model/: this header
// and the .cc files that include it are the only places that see flatbuffers.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "brink/base/result.h"
#include "brink/model/options.h"
#include "schema/tflite_structure_generated.h"

namespace brink::model {

// Where the data of a buffer lie: bytes from the start of the file, and how many.
struct BufferPlace {
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

// What one reading of a file needs. The bytes outlive it. Copies are charged to an allowance: the
// parts of a flatbuffer may overlap, so a small hostile file can name the same long vector a
// million times.
class WireFile {
 public:
  // Checks the identifier and, with flatbuffers' Verifier, that every table, vector and string lies
  // within the bytes; buffers, whose tables most writers put beside their data, all over the file,
  // when they are asked for. Of a file that was read before `places` says where each buffer is, so
  // that none of them need be looked at.
  static Result<WireFile> Open(std::span<const std::byte> bytes,
                               std::span<const BufferPlace> places = {});

  const wire::Model& root() const { return *root_; }
  std::span<const std::byte> bytes() const { return bytes_; }

  Result<std::string> Text(const flatbuffers::String* text);
  // Where it lies. Charged as Text is: whoever looks at them all takes as long.
  Result<std::string_view> TextView(const flatbuffers::String* text);
  // The vector's elements; flatbuffers aligns only the length, so they are copied bytewise.
  template <class T>
  Result<std::vector<T>> Copy(const flatbuffers::Vector<T>* vector) {
    if (vector == nullptr) return std::vector<T>();
    const size_t bytes = vector->size() * sizeof(T);
    BRINK_TRY(Charge(bytes));
    std::vector<T> values(vector->size());
    if (bytes > 0) std::memcpy(values.data(), vector->Data(), bytes);
    return values;
  }
  // The vector's elements where they lie, or in room from Make() where they are not aligned.
  // Charged all the same.
  template <class T>
  Result<std::span<const T>> View(const flatbuffers::Vector<T>* vector) {
    if (vector == nullptr || vector->size() == 0) return std::span<const T>();
    const size_t bytes = vector->size() * sizeof(T);
    BRINK_TRY(Charge(bytes));
    if (reinterpret_cast<uintptr_t>(vector->Data()) % alignof(T) == 0)
      return std::span(reinterpret_cast<const T*>(vector->Data()), vector->size());
    const std::span<T> values = Make<T>(vector->size());
    std::memcpy(values.data(), vector->Data(), bytes);
    return values;
  }
  // Room for elements that the model shall keep.
  template <class T>
  std::span<T> Make(size_t count) {
    auto values = std::make_shared<T[]>(count);
    const std::span<T> room(values.get(), count);
    made_.push_back(std::move(values));
    return room;
  }
  std::vector<std::shared_ptr<const void>> TakeMade() { return std::move(made_); }
  // Takes `bytes` from the allowance.
  Status Charge(size_t bytes);

  uint32_t buffer_count() const {
    return root_->buffers() == nullptr ? 0 : root_->buffers()->size();
  }
  // The bytes of buffer `index`, inside the flatbuffer or behind it; empty for a buffer without
  // data.
  Result<std::span<const std::byte>> BufferBytes(uint32_t index) const;
  // `size` bytes at `offset` from the start of the file.
  Result<std::span<const std::byte>> Range(uint64_t offset, uint64_t size) const;
  OptionsReader Options(const wire::Opaque* table) const;

  // The table behind an opaque union field, once it is verified as a T; nullptr when it is not one.
  template <class T>
  const T* As(const wire::Opaque* table) const {
    const T* typed = reinterpret_cast<const T*>(table);
    flatbuffers::Verifier verifier = MakeVerifier();
    return typed != nullptr && typed->Verify(verifier) ? typed : nullptr;
  }

 private:
  WireFile(std::span<const std::byte> bytes, const wire::Model* root,
           std::span<const BufferPlace> places);
  flatbuffers::Verifier MakeVerifier() const;
  // Verified; nullptr where it does not lie within the bytes.
  const wire::Buffer* BufferAt(uint32_t index) const;
  Result<std::span<const std::byte>> DataOf(uint32_t index) const;

  std::span<const std::byte> bytes_;
  const wire::Model* root_;
  std::span<const BufferPlace> places_;  // of all buffers, or of none
  size_t allowance_;
  std::vector<std::shared_ptr<const void>> made_;
};

}  // namespace brink::model

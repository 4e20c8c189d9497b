#include "brink/model/wire_file.h"

#include <algorithm>
#include <bit>

#include "brink/model/printable.h"

namespace brink::model {
namespace {

static_assert(std::endian::native == std::endian::little, "flatbuffers are read as they lie");

// Parsed structures are a few times larger than their flatbuffer form; a file that needs more than
// this is hostile.
size_t Allowance(size_t file_bytes) {
  return (size_t{1} << 20) + 64 * std::min(file_bytes, SIZE_MAX / 128);
}

flatbuffers::Verifier VerifierOf(std::span<const std::byte> bytes) {
  // A flatbuffer ends within 2 GB; a larger file keeps constants behind it.
  const size_t size = std::min<size_t>(bytes.size(), FLATBUFFERS_MAX_BUFFER_SIZE - 1);
  return {reinterpret_cast<const uint8_t*>(bytes.data()), size};
}

std::string_view Start(std::span<const std::byte> bytes, size_t offset, size_t size) {
  if (bytes.size() < offset) return {};
  const std::span<const std::byte> part =
      bytes.subspan(offset, std::min(size, bytes.size() - offset));
  return {reinterpret_cast<const char*>(part.data()), part.size()};
}

Status CheckIdentifier(std::span<const std::byte> bytes) {
  const std::string_view identifier = Start(bytes, 4, 4);
  if (identifier == wire::ModelIdentifier()) return {};
  if (bytes.empty()) return Fail(Code::kInvalidArgument, "not a .tflite file: it is empty");
  if (Start(bytes, 0, 30).starts_with("version https://git-lfs")) {
    return Fail(Code::kInvalidArgument,
                "not a .tflite file but a Git LFS pointer to one: fetch it with 'git lfs pull'");
  }
  return Fail(Code::kInvalidArgument,
              "not a .tflite file: bytes 4 to 7 are " + Quoted(identifier) + ", expected 'TFL3'");
}

}  // namespace

Result<WireFile> WireFile::Open(std::span<const std::byte> bytes,
                                std::span<const BufferPlace> places) {
  BRINK_TRY(CheckIdentifier(bytes));
  flatbuffers::Verifier verifier = VerifierOf(bytes);
  if (!verifier.VerifyBuffer<wire::Model>(nullptr)) {  // the identifier is checked
    return Fail(Code::kDataLoss, "truncated or corrupt: its tables reach outside its " +
                                     std::to_string(bytes.size()) + " bytes");
  }
  return WireFile(bytes, wire::GetModel(bytes.data()), places);
}

WireFile::WireFile(std::span<const std::byte> bytes, const wire::Model* root,
                   std::span<const BufferPlace> places)
    : bytes_(bytes), root_(root), allowance_(Allowance(bytes.size())) {
  if (places.size() == buffer_count()) places_ = places;
}

flatbuffers::Verifier WireFile::MakeVerifier() const { return VerifierOf(bytes_); }

Status WireFile::Charge(size_t bytes) {
  if (bytes > allowance_) {
    return Fail(Code::kResourceExhausted,
                "its parts overlap: read out, they are far larger than its " +
                    std::to_string(bytes_.size()) + " bytes");
  }
  allowance_ -= bytes;
  return {};
}

Result<std::string> WireFile::Text(const flatbuffers::String* text) {
  BRINK_ASSIGN(const std::string_view view, TextView(text));
  return std::string(view);
}

Result<std::string_view> WireFile::TextView(const flatbuffers::String* text) {
  if (text == nullptr) return std::string_view();
  BRINK_TRY(Charge(text->size()));
  return text->string_view();
}

Result<std::span<const std::byte>> WireFile::Range(uint64_t offset, uint64_t size) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset) {
    return Fail(Code::kDataLoss, std::to_string(size) + " bytes at " + std::to_string(offset) +
                                     ", the file has " + std::to_string(bytes_.size()));
  }
  return bytes_.subspan(static_cast<size_t>(offset), static_cast<size_t>(size));
}

const wire::Buffer* WireFile::BufferAt(uint32_t index) const {
  const uint8_t* from = root_->buffers()->Data() + index * sizeof(flatbuffers::uoffset_t);
  const flatbuffers::uoffset_t offset = root_->buffers()->Get(index);
  const auto* bytes = reinterpret_cast<const uint8_t*>(bytes_.data());
  const size_t left = bytes_.size() - static_cast<size_t>(from - bytes);
  if (offset == 0 || offset >= left) return nullptr;
  return As<wire::Buffer>(reinterpret_cast<const wire::Opaque*>(from + offset));
}

Result<std::span<const std::byte>> WireFile::DataOf(uint32_t index) const {
  if (!places_.empty()) return Range(places_[index].offset, places_[index].bytes);
  const wire::Buffer* buffer = BufferAt(index);
  if (buffer == nullptr) {
    return Fail(Code::kDataLoss, "truncated or corrupt: it reaches outside the file's " +
                                     std::to_string(bytes_.size()) + " bytes");
  }
  // Writers put 1 into `offset` before they know the place: only what is beyond 1 is one.
  if (buffer->offset() > 1) return Range(buffer->offset(), buffer->size());
  if (buffer->data() == nullptr) return std::span<const std::byte>();
  return std::as_bytes(std::span(buffer->data()->Data(), buffer->data()->size()));
}

Result<std::span<const std::byte>> WireFile::BufferBytes(uint32_t index) const {
  const uint32_t count = buffer_count();
  // Buffer 0 means "no data", even in files that have no buffers at all.
  if (index == 0 && count == 0) return std::span<const std::byte>();
  if (index >= count) {
    return Fail(Code::kInvalidArgument,
                "buffer " + std::to_string(index) + ", the file has " + std::to_string(count));
  }
  auto data = DataOf(index);
  if (!data) return Fail(data.error().Within("buffer " + std::to_string(index)));
  return data;
}

OptionsReader WireFile::Options(const wire::Opaque* table) const {
  if (table == nullptr) return {};
  const auto* start = reinterpret_cast<const std::byte*>(table);
  return {bytes_, static_cast<size_t>(start - bytes_.data())};
}

}  // namespace brink::model

#include "brink/model/options.h"

#include <bit>
#include <cstring>

namespace brink::model {
namespace {

static_assert(std::endian::native == std::endian::little, "flatbuffers are read as they lie");

// The value at `offset`, or `absent` where the file ends before. Unaligned reads are fine.
template <class T>
T Load(std::span<const std::byte> file, size_t offset, T absent) {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return absent;
  T value;
  std::memcpy(&value, file.data() + offset, sizeof(T));
  return value;
}

}  // namespace

// A table starts with the signed distance back to its vtable; a vtable holds its own size, the
// table's size, then the place of each field in the table, 0 for an absent one (flatbuffers
// internals: "Tables").
size_t OptionsReader::Locate(int field, size_t size) const {
  if (file_.empty() || field < 0) return 0;
  const int64_t vtable = static_cast<int64_t>(table_) - Load<int32_t>(file_, table_, 0);
  if (vtable < 0 || vtable == static_cast<int64_t>(table_)) return 0;
  const auto start = static_cast<size_t>(vtable);
  const size_t vtable_bytes = Load<uint16_t>(file_, start, 0);
  const size_t table_bytes = Load<uint16_t>(file_, start + 2, 0);
  const size_t slot = 4 + 2 * static_cast<size_t>(field);
  if (slot + 2 > vtable_bytes) return 0;
  const size_t place = Load<uint16_t>(file_, start + slot, 0);
  if (place < 4 || place + size > table_bytes) return 0;
  const size_t offset = table_ + place;
  return offset + size <= file_.size() ? offset : 0;
}

std::span<const std::byte> OptionsReader::Elements(int field, size_t element_size) const {
  const size_t offset = Locate(field, sizeof(uint32_t));
  if (offset == 0) return {};
  // 64 bits: the sum may pass the end of a 32-bit address space.
  const uint64_t vector = uint64_t{offset} + Load<uint32_t>(file_, offset, 0);
  if (vector + sizeof(uint32_t) > file_.size()) return {};
  const size_t count = Load<uint32_t>(file_, static_cast<size_t>(vector), 0);
  const size_t first = static_cast<size_t>(vector) + sizeof(uint32_t);
  if (count > (file_.size() - first) / element_size) return {};
  return file_.subspan(first, count * element_size);
}

template <class T>
T OptionsReader::Scalar(int field, T absent) const {
  const size_t offset = Locate(field, sizeof(T));
  return offset == 0 ? absent : Load<T>(file_, offset, absent);
}

template <class T>
std::vector<T> OptionsReader::Vector(int field) const {
  const std::span<const std::byte> bytes = Elements(field, sizeof(T));
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

bool OptionsReader::Bool(int field, bool absent) const {
  return Scalar<uint8_t>(field, absent ? 1 : 0) != 0;
}
int8_t OptionsReader::Int8(int field, int8_t absent) const { return Scalar(field, absent); }
int32_t OptionsReader::Int32(int field, int32_t absent) const { return Scalar(field, absent); }
int64_t OptionsReader::Int64(int field, int64_t absent) const { return Scalar(field, absent); }
float OptionsReader::Float(int field, float absent) const { return Scalar(field, absent); }

std::vector<int32_t> OptionsReader::Int32s(int field) const { return Vector<int32_t>(field); }
std::vector<int64_t> OptionsReader::Int64s(int field) const { return Vector<int64_t>(field); }
std::vector<float> OptionsReader::Floats(int field) const { return Vector<float>(field); }
std::span<const std::byte> OptionsReader::Bytes(int field) const { return Elements(field, 1); }

std::string OptionsReader::String(int field) const {
  const std::span<const std::byte> bytes = Elements(field, 1);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace brink::model

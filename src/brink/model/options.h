// An operator's builtin options, read by field number, so that each file in ops/ holds its own
// operator's options and no generated code grows with the number of operators.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace brink::model {

// A flatbuffers table. `field` is the field's number in schema.fbs, counted from 0 in
// declaration order; an absent field gives the schema's default, which the caller names. Reads
// never leave the table.
class OptionsReader {
 public:
  OptionsReader() = default;  // no options: every field is absent
  OptionsReader(std::span<const std::byte> file, size_t table_offset)
      : file_(file), table_(table_offset) {}

  bool present() const { return !file_.empty(); }
  bool Bool(int field, bool absent = false) const;
  int8_t Int8(int field,
              int8_t absent = 0) const;  // enums too: Padding, ActivationFunctionType, TensorType
  int32_t Int32(int field, int32_t absent = 0) const;
  int64_t Int64(int field, int64_t absent = 0) const;
  float Float(int field, float absent = 0) const;
  // An absent vector is an empty one.
  std::vector<int32_t> Int32s(int field) const;
  std::vector<int64_t> Int64s(int field) const;
  std::vector<float> Floats(int field) const;
  std::span<const std::byte> Bytes(int field) const;  // a view into the file
  std::string String(int field) const;

 private:
  template <class T>
  T Scalar(int field, T absent) const;
  template <class T>
  std::vector<T> Vector(int field) const;
  // Where the field's `size` bytes lie in the file; 0 when it is absent.
  size_t Locate(int field, size_t size) const;
  // The bytes of a vector of elements of `element_size` bytes.
  std::span<const std::byte> Elements(int field, size_t element_size) const;

  std::span<const std::byte> file_;
  size_t table_ = 0;
};

}  // namespace brink::model

// An operator's builtin options, read by field number, so that each file in ops/ holds its own
// operator's options and no generated code grows with the number of operators.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace brink::model {

// A verified flatbuffers table. `field` is the field's number in schema.fbs, counted from 0 in
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
  std::vector<int32_t> Int32s(int field) const;
  std::string String(int field) const;

 private:
  std::span<const std::byte> file_;
  size_t table_ = 0;
};

}  // namespace brink::model

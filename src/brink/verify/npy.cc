#include "brink/verify/npy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <regex>
#include <vector>

#include "brink/base/file.h"

namespace brink::verify {
namespace {

constexpr size_t kPrefix = 10;  // "\x93NUMPY", version, uint16 header length
constexpr size_t kHeaderAlignment = 64;

struct NamedType {
  std::string_view name;
  Type type;
};
constexpr std::array kTypes = {NamedType{"<f4", Type::kFloat32},  NamedType{"<f2", Type::kFloat16},
                               NamedType{"<f8", Type::kFloat64},  NamedType{"|i1", Type::kInt8},
                               NamedType{"|u1", Type::kUInt8},    NamedType{"<i2", Type::kInt16},
                               NamedType{"<u2", Type::kUInt16},   NamedType{"<i4", Type::kInt32},
                               NamedType{"<u4", Type::kUInt32},   NamedType{"<i8", Type::kInt64},
                               NamedType{"<u8", Type::kUInt64},   NamedType{"|b1", Type::kBool},
                               NamedType{"<c8", Type::kComplex64}};

Result<Shape> ParseShape(std::string_view text) {
  std::vector<int64_t> dims;
  while (!text.empty()) {
    const size_t digit = text.find_first_of("0123456789");
    if (digit == std::string_view::npos) break;
    text.remove_prefix(digit);
    int64_t dim = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), dim);
    if (error != std::errc()) return Fail(Code::kDataLoss, "a dimension beyond 64 bits");
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    dims.push_back(dim);
  }
  return Shape::Make(dims);
}

// numpy's bytes_: texts of one length, filled up with zeros.
Result<Tensor> ReadStrings(std::string_view data, const Shape& shape) {
  const auto count = static_cast<size_t>(shape.elements());
  if (count > data.size()) return Fail(Code::kDataLoss, "truncated");
  std::vector<std::string> strings;
  for (size_t i = 0; i < count; ++i) {
    const std::string_view text = data.substr(i * (data.size() / count), data.size() / count);
    strings.emplace_back(text.substr(0, text.find_last_not_of('\0') + 1));
  }
  return Tensor(shape, std::move(strings));
}

Result<Tensor> Parse(std::string_view file) {
  if (file.size() < kPrefix || file.substr(1, 5) != "NUMPY" || file[6] != 1) {
    return Fail(Code::kDataLoss, "no numpy file of version 1");
  }
  uint16_t length = 0;
  std::memcpy(&length, file.data() + 8, sizeof length);
  const std::string header(file.substr(kPrefix, length));
  static const std::regex kHeader(
      "'descr': '([^']+)', 'fortran_order': False, 'shape': \\(([^)]*)\\)");
  std::smatch match;
  if (file.size() < kPrefix + length || !std::regex_search(header, match, kHeader)) {
    return Fail(Code::kDataLoss, "header '" + header.substr(0, 80) + "'");
  }
  BRINK_ASSIGN(const Shape shape, ParseShape(match[2].str()));
  const std::string_view data = file.substr(kPrefix + length);
  const std::string name = match[1];
  if (name.starts_with("|S")) return ReadStrings(data, shape);
  const auto* type = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const NamedType& known) { return known.name == name; });
  if (type == kTypes.end()) return Fail(Code::kUnimplemented, "elements of type " + name);
  if (static_cast<int64_t>(data.size()) != PackedBytes(type->type, shape.elements())) {
    return Fail(Code::kDataLoss, std::to_string(data.size()) + " bytes for " + shape.ToString());
  }
  Tensor tensor(type->type, shape);
  std::memcpy(tensor.bytes().data(), data.data(), data.size());
  return tensor;
}

std::string Header(std::string_view type, const Shape& shape) {
  std::string header = "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (";
  for (const int64_t dim : shape.dims()) header += std::to_string(dim) + ",";
  header += "), }";
  while ((kPrefix + header.size() + 1) % kHeaderAlignment != 0) header += ' ';
  return header + "\n";
}

}  // namespace

Result<Tensor> ReadNpy(const std::string& path) {
  BRINK_ASSIGN(const std::string file, ReadTextFile(path, size_t{1} << 30));
  auto tensor = Parse(file);
  if (!tensor) return Fail(tensor.error().Within(path));
  return tensor;
}

Status WriteNpy(const std::string& path, const Tensor& tensor) {
  const auto* type = std::find_if(kTypes.begin(), kTypes.end(), [&](const NamedType& known) {
    return known.type == tensor.type();
  });
  if (type == kTypes.end()) {
    return Fail(Code::kUnimplemented,
                path + ": elements of type " + std::string(TypeName(tensor.type())));
  }
  const std::string header = Header(type->name, tensor.shape());
  const auto length = static_cast<uint16_t>(header.size());
  std::string file = "\x93NUMPY\x01";
  file += '\0';
  file.append(reinterpret_cast<const char*>(&length), sizeof length);
  file += header;
  file.append(reinterpret_cast<const char*>(tensor.bytes().data()), tensor.bytes().size());
  return WriteFile(path, std::as_bytes(std::span(file)));
}

}  // namespace brink::verify

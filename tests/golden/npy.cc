#include "npy.h"

#include <cstring>
#include <map>
#include <regex>
#include <sstream>
#include <vector>

#include "brink/base/file.h"

namespace brink::golden {
namespace {

const std::map<std::string, Type>& Types() {
  static const std::map<std::string, Type> types = {
      {"<f4", Type::kFloat32},  {"<f2", Type::kFloat16}, {"<f8", Type::kFloat64},
      {"|i1", Type::kInt8},     {"|u1", Type::kUInt8},   {"<i2", Type::kInt16},
      {"<u2", Type::kUInt16},   {"<i4", Type::kInt32},   {"<u4", Type::kUInt32},
      {"<i8", Type::kInt64},    {"<u8", Type::kUInt64},  {"|b1", Type::kBool},
      {"<c8", Type::kComplex64}};
  return types;
}

Result<Shape> ParseShape(const std::string& text) {
  std::vector<int64_t> dims;
  std::istringstream list(text);
  for (std::string dim; std::getline(list, dim, ',');) {
    if (dim.find_first_of("0123456789") != std::string::npos) dims.push_back(std::stoll(dim));
  }
  return Shape::Make(dims);
}

// numpy's bytes_: texts of one length, filled up with zeros.
Tensor ReadStrings(std::string_view data, const Shape& shape) {
  std::vector<std::string> strings;
  const auto count = static_cast<size_t>(shape.elements());
  for (size_t i = 0; i < count; ++i) {
    const std::string_view text = data.substr(i * (data.size() / count), data.size() / count);
    strings.emplace_back(text.substr(0, text.find_last_not_of('\0') + 1));
  }
  return {shape, std::move(strings)};
}

}  // namespace

Result<Tensor> ReadNpy(const std::string& path) {
  BRINK_ASSIGN(const std::string file, ReadTextFile(path, size_t{1} << 30));
  constexpr size_t kPrefix = 10;  // "\x93NUMPY", version, uint16 header length
  if (file.size() < kPrefix || file.compare(1, 5, "NUMPY") != 0 || file[6] != 1) {
    return Fail(Code::kDataLoss, path + ": no numpy file of version 1");
  }
  uint16_t length = 0;
  std::memcpy(&length, file.data() + 8, sizeof length);
  const std::string header = file.substr(kPrefix, length);
  static const std::regex kHeader(
      "'descr': '([^']+)', 'fortran_order': False, 'shape': \\(([^)]*)\\)");
  std::smatch match;
  if (!std::regex_search(header, match, kHeader))
    return Fail(Code::kDataLoss, path + ": header " + header);
  BRINK_ASSIGN(const Shape shape, ParseShape(match[2]));
  const std::string_view data = std::string_view(file).substr(kPrefix + length);
  if (match[1].str().starts_with("|S")) return ReadStrings(data, shape);
  const auto type = Types().find(match[1]);
  if (type == Types().end())
    return Fail(Code::kUnimplemented, path + ": elements of " + match[1].str());
  Tensor tensor(type->second, shape);
  if (data.size() != tensor.bytes().size()) return Fail(Code::kDataLoss, path + ": truncated");
  std::memcpy(tensor.bytes().data(), data.data(), tensor.bytes().size());
  return tensor;
}

}  // namespace brink::golden

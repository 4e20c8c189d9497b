#include "brink/protocols/open_inference/tensor_head.h"

#include <vector>

#include "brink/protocols/open_inference/datatype.h"

namespace brink::protocols::open_inference {
namespace {

constexpr size_t kLongestShown = 120;
constexpr size_t kLongestName = 4096;  // names of operators that were fused into one are joined

Result<Shape> ReadShape(const json::Value& item) {
  const json::Value* value = item.Find("shape");
  const auto* list = value == nullptr ? nullptr : value->get<json::Array>();
  if (list == nullptr || list->size() > size_t{Shape::kMaxRank}) {
    return Fail(Code::kDataLoss, "expected 'shape', a list of up to 8 whole numbers");
  }
  std::vector<int64_t> dims;
  for (const json::Value& one : *list) {
    const auto* dim = one.get<int64_t>();
    if (dim == nullptr) return Fail(Code::kDataLoss, "expected whole numbers in 'shape'");
    dims.push_back(*dim);
  }
  auto shape = Shape::Make(dims);
  if (!shape) return Fail(Code::kDataLoss, shape.error().message);
  return shape;
}

Result<Type> ReadType(const json::Value& item) {
  const json::Value* value = item.Find("datatype");
  const auto* name = value == nullptr ? nullptr : value->get<std::string>();
  if (name == nullptr) return Fail(Code::kDataLoss, "expected 'datatype', a text");
  const auto type = TypeOfDatatype(*name);
  if (!type) return Fail(Code::kDataLoss, "the datatype '" + Shown(*name) + "' is not known");
  return *type;
}

}  // namespace

std::string Shown(std::string_view text) {
  return text.size() <= kLongestShown ? std::string(text)
                                      : std::string(text.substr(0, kLongestShown)) + "...";
}

Result<const json::Array*> ListIn(const json::Value& object, std::string_view key) {
  static const json::Array kNone;
  const json::Value* value = object.Find(key);
  if (value == nullptr) return &kNone;
  const auto* list = value->get<json::Array>();
  if (list == nullptr) return Fail(Code::kDataLoss, "expected '" + std::string(key) + "', a list");
  return list;
}

Result<api::TensorDescription> ReadTensorHead(const json::Value& item, const std::string& what) {
  const json::Value* value = item.Find("name");
  const auto* name = value == nullptr ? nullptr : value->get<std::string>();
  if (name == nullptr) return Fail(Code::kDataLoss, what + ": expected 'name', a text");
  if (name->size() > kLongestName) {
    return Fail(Code::kDataLoss, what + " '" + Shown(*name) + "': its name is too long");
  }
  const std::string where = what + " '" + Shown(*name) + "'";
  const auto type = ReadType(item);
  if (!type) return Fail(type.error().Within(where));
  const auto shape = ReadShape(item);
  if (!shape) return Fail(shape.error().Within(where));
  return api::TensorDescription{.name = *name, .type = *type, .shape = *shape};
}

}  // namespace brink::protocols::open_inference

#include "brink/model/builder.h"

#include <algorithm>
#include <utility>

namespace brink::model {
namespace {

std::vector<int32_t> Dims(const Shape& shape) {
  std::vector<int32_t> dims;
  for (const int64_t dim : shape.dims()) dims.push_back(static_cast<int32_t>(dim));
  return dims;
}

bool HasFreeDim(const Shape& shape) { return !shape.known(); }

TensorDef Define(std::string name, Type type, const Shape& shape, Quantization quantization) {
  TensorDef tensor;
  tensor.name = std::move(name);
  tensor.type = type;
  tensor.shape = Dims(shape);
  tensor.quantization = std::move(quantization);
  // A free size is 1 in the shape and -1 in the signature, as converters write it.
  if (HasFreeDim(shape)) {
    tensor.shape_signature = tensor.shape;
    std::ranges::replace(tensor.shape, -1, 1);
  }
  return tensor;
}

}  // namespace

std::vector<std::byte> BytesOfStrings(std::span<const std::string> strings) {
  std::vector<int32_t> header{static_cast<int32_t>(strings.size())};
  auto offset = static_cast<int32_t>(4 * (strings.size() + 2));
  std::vector<char> text;
  for (const std::string& string : strings) {
    header.push_back(offset);
    offset += static_cast<int32_t>(string.size());
    text.insert(text.end(), string.begin(), string.end());
  }
  header.push_back(offset);
  std::vector<std::byte> bytes = BytesOf(header);
  const std::vector<std::byte> tail = BytesOf(text);
  bytes.insert(bytes.end(), tail.begin(), tail.end());
  return bytes;
}

std::vector<std::byte> BytesOfInt4(std::span<const int8_t> values) {
  std::vector<std::byte> bytes((values.size() + 1) / 2);
  for (size_t i = 0; i < values.size(); ++i) {
    bytes[i / 2] |= static_cast<std::byte>((values[i] & 15) << (i % 2 == 0 ? 0 : 4));
  }
  return bytes;
}

ModelBuilder::ModelBuilder() { AddGraph("main"); }
ModelBuilder::ModelBuilder(const ModelBuilder& other) = default;
ModelBuilder& ModelBuilder::operator=(const ModelBuilder& other) = default;
ModelBuilder::ModelBuilder(ModelBuilder&& other) noexcept = default;
ModelBuilder& ModelBuilder::operator=(ModelBuilder&& other) noexcept = default;
ModelBuilder::~ModelBuilder() = default;

int ModelBuilder::AddGraph(std::string name) {
  model_.graphs.emplace_back();
  graph().name = std::move(name);
  return static_cast<int>(model_.graphs.size()) - 1;
}

int ModelBuilder::Add(TensorDef tensor) {
  graph().tensors.push_back(std::move(tensor));
  return static_cast<int>(graph().tensors.size()) - 1;
}

int ModelBuilder::Input(std::string name, Type type, const Shape& shape,
                        Quantization quantization) {
  const int index = Tensor(std::move(name), type, shape, std::move(quantization));
  graph().inputs.push_back(index);
  return index;
}

int ModelBuilder::Tensor(std::string name, Type type, const Shape& shape,
                         Quantization quantization) {
  return Add(Define(std::move(name), type, shape, std::move(quantization)));
}

int ModelBuilder::Variable(std::string name, Type type, const Shape& shape,
                           Quantization quantization) {
  TensorDef tensor = Define(std::move(name), type, shape, std::move(quantization));
  tensor.is_variable = true;
  return Add(std::move(tensor));
}

int ModelBuilder::AddConstant(std::string name, Type type, const Shape& shape,
                              std::vector<std::byte> data, Quantization quantization) {
  TensorDef tensor = Define(std::move(name), type, shape, std::move(quantization));
  tensor.data = std::move(data);
  return Add(std::move(tensor));
}

int ModelBuilder::Strings(std::string name, const Shape& shape,
                          const std::vector<std::string>& values) {
  return AddConstant(std::move(name), Type::kString, shape, BytesOfStrings(values), {});
}

NodeDef& ModelBuilder::Node(std::string_view name, std::vector<int> inputs,
                            std::vector<int> outputs, std::optional<Options> options) {
  NodeDef& node = graph().nodes.emplace_back();
  node.code = OperatorCode(name).value_or(kCustomCode);
  if (node.code == kCustomCode) node.custom_name = name;
  node.inputs = std::move(inputs);
  node.outputs = std::move(outputs);
  node.options = std::move(options);
  return node;
}

int ModelBuilder::Op(std::string_view name, std::vector<int> inputs, TensorDef output,
                     std::optional<Options> options) {
  const int index = Add(std::move(output));
  Node(name, std::move(inputs), {index}, std::move(options));
  return index;
}

void ModelBuilder::Output(int tensor) { graph().outputs.push_back(tensor); }

void ModelBuilder::Signature(std::string key) {
  const auto bind = [this](const std::vector<int>& tensors) {
    std::vector<model::Signature::Binding> bindings;
    bindings.reserve(tensors.size());
    for (const int tensor : tensors) {
      bindings.push_back({graph().tensors[static_cast<size_t>(tensor)].name, tensor});
    }
    return bindings;
  };
  model_.signatures.push_back({std::move(key), static_cast<int>(model_.graphs.size()) - 1,
                               bind(graph().inputs), bind(graph().outputs)});
}

void ModelBuilder::Metadata(std::string name, std::vector<std::byte> data) {
  model_.metadata.push_back({std::move(name), std::move(data)});
}

}  // namespace brink::model

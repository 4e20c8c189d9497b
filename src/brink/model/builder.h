// Makes .tflite files: the digits model, and the graphs of tests, also deliberately wrong ones.
// Nothing is checked here.
//
//   ModelBuilder b;
//   const int x = b.Input("x", Type::kFloat32, {1, 8, 8, 1});
//   const int w = b.Constant("w", {4, 3, 3, 1}, std::vector<float>(36, .5f));
//   const int y = b.Op("CONV_2D", {x, w, kAbsent}, {.name = "y", .shape = {1, 8, 8, 4}},
//                      Options{{0, int8_t{0}}, {1, 1}, {2, 1}});  // padding SAME, stride_w,
//                      stride_h
//   b.Output(y);
//   const auto model = ReadModel(b.Build(), "test");
//
// What the short forms cannot say is set in the plain structs: b.model().graphs[0].nodes[0].version
// = 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "brink/model/graph.h"
#include "brink/tensor/quantization.h"
#include "brink/tensor/shape.h"
#include "brink/tensor/type.h"

namespace brink::model {

// One field of an operator's options table: its number in the schema, counted from 0, and its
// value. The value's C++ type is the field's wire type: enums and bytes int8_t (bool: bool), int
// int32_t, long int64_t.
struct Option {
  int field = 0;
  std::variant<bool, int8_t, int32_t, int64_t, float, std::string, std::vector<std::byte>,
               std::vector<int32_t>, std::vector<int64_t>, std::vector<float>>
      value;
};
using Options = std::vector<Option>;

struct TensorDef {
  std::string name;
  Type type = Type::kFloat32;
  std::vector<int32_t> shape;
  std::vector<int32_t> shape_signature;  // empty: none is written
  Quantization quantization;             // no scale: none is written
  std::vector<std::byte> data;           // not empty: a constant
  bool is_variable = false;
  std::optional<Sparsity> sparsity;
  std::optional<Blockwise> blockwise;
  std::optional<uint32_t> buffer;  // this buffer index instead of the one that `data` gets
};

struct NodeDef {
  int32_t code = 0;
  std::string custom_name;
  int version = 1;
  std::vector<int> inputs;  // tensor indices or kAbsent
  std::vector<int> outputs;
  std::vector<int> intermediates;
  std::optional<Options> options;       // none: no table is written
  std::optional<uint8_t> options_kind;  // the union type instead of the operator's own
  std::vector<std::byte> custom_options;
};

struct GraphDef {
  std::string name;
  std::vector<TensorDef> tensors;
  std::vector<int> inputs;
  std::vector<int> outputs;
  std::vector<NodeDef> nodes;
};

struct MetadataDef {
  std::string name;
  std::vector<std::byte> data;
};

struct ModelDef {
  uint32_t version = 3;
  std::string description;
  std::vector<GraphDef> graphs;
  std::vector<Signature> signatures;
  std::vector<MetadataDef> metadata;
  bool data_behind = false;  // constants behind the flatbuffer, as in files beyond 2 GB
};

// The file's bytes; the same for the same definition.
std::vector<std::byte> WriteModel(const ModelDef& model);

// The bytes of numbers, as a constant's data.
template <class T>
std::vector<std::byte> BytesOf(std::span<const T> values) {
  const std::span<const std::byte> bytes = std::as_bytes(values);
  return {bytes.begin(), bytes.end()};
}
template <class T>
std::vector<std::byte> BytesOf(const std::vector<T>& values) {
  return BytesOf(std::span<const T>(values));
}
// The data of a string constant: count, offsets, text.
std::vector<std::byte> BytesOfStrings(std::span<const std::string> strings);
// The data of an INT4 constant: two values a byte, the first in the low half.
std::vector<std::byte> BytesOfInt4(std::span<const int8_t> values);

// Short forms that fill a ModelDef graph by graph. Tensor functions return the tensor's index in
// the current graph.
class ModelBuilder {
 public:
  ModelBuilder();  // with one graph, "main", as the current one
  // Written once in the source: to copy and to destroy a model is much code, in every test that
  // does.
  ModelBuilder(const ModelBuilder& other);
  ModelBuilder& operator=(const ModelBuilder& other);
  ModelBuilder(ModelBuilder&& other) noexcept;
  ModelBuilder& operator=(ModelBuilder&& other) noexcept;
  ~ModelBuilder();

  // Adds a graph and makes it the current one; returns its index.
  int AddGraph(std::string name);

  int Add(TensorDef tensor);
  // An input of the graph.
  int Input(std::string name, Type type, const Shape& shape, Quantization quantization = {});
  // A tensor that a node makes.
  int Tensor(std::string name, Type type, const Shape& shape, Quantization quantization = {});
  // State that survives from run to run.
  int Variable(std::string name, Type type, const Shape& shape, Quantization quantization = {});
  template <class T>
  int Constant(const std::string& name, const Shape& shape, const std::vector<T>& values,
               const Quantization& quantization = {}) {
    return AddConstant(name, TypeOf<T>(), shape, BytesOf(values), quantization);
  }
  int Strings(std::string name, const Shape& shape, const std::vector<std::string>& values);

  // A node. `name` is a builtin's ("CONV_2D"), or else a custom operator's. The reference holds
  // until the next call.
  NodeDef& Node(std::string_view name, std::vector<int> inputs, std::vector<int> outputs,
                std::optional<Options> options = std::nullopt);
  // A node with one output, which is added; returns the output's index.
  int Op(std::string_view name, std::vector<int> inputs, TensorDef output,
         std::optional<Options> options = std::nullopt);

  // Makes `tensor` the next output of the graph.
  void Output(int tensor);
  // A signature over the current graph's inputs and outputs under their tensor names.
  void Signature(std::string key);
  void Metadata(std::string name, std::vector<std::byte> data);

  GraphDef& graph() { return model_.graphs.back(); }
  ModelDef& model() { return model_; }
  std::vector<std::byte> Build() const { return WriteModel(model_); }

 private:
  int AddConstant(std::string name, Type type, const Shape& shape, std::vector<std::byte> data,
                  Quantization quantization);

  ModelDef model_;
};

}  // namespace brink::model

// What the reader's tests and its fuzzer share: small models that use every part of the format, and
// a walk over all that a reader promises. Included by tests and fuzzers only.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "brink/model/builder.h"
#include "brink/model/graph.h"

namespace brink::model {

// A quantised convolution with options, a signature and metadata.
inline ModelBuilder ConvolutionSample() {
  ModelBuilder b;
  const int x = b.Input("x", Type::kInt8, {-1, 4, 4, 1}, {{.5f}, {-128}, 0});
  const int w = b.Constant("w", {2, 1, 1, 1}, std::vector<int8_t>{1, -1}, {{.5f, .25f}, {0, 0}, 0});
  const int bias = b.Constant("bias", {2}, std::vector<int32_t>{7, 8}, {{.25f, .125f}, {0, 0}, 0});
  const int y = b.Tensor("y", Type::kInt8, {1, 4, 4, 2}, {{1.f}, {3}, 0});
  b.Node("CONV_2D", {x, w, bias}, {y}, Options{{0, int8_t{1}}, {1, 1}, {2, 1}, {3, int8_t{1}}});
  const int z = b.Op("RESHAPE", {y}, {.name = "z", .type = Type::kInt8, .shape = {1, 32}},
                     Options{{0, std::vector<int32_t>{1, 32}}});
  b.Output(z);
  b.Signature("serving_default");
  b.Metadata("note", BytesOf(std::vector<char>{'n', 'o', 't', 'e'}));
  return b;
}

// Two graphs; strings, a variable, a custom operator, intermediates.
inline ModelBuilder MixedSample() {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2, 3});
  const int names = b.Strings("names", {2}, {"one", "two"});
  const int state = b.Variable("state", Type::kFloat32, {2, 3});
  const int y = b.Op("Custom", {x, names, state}, {.name = "y", .shape = {2, 3}});
  b.graph().nodes.back().custom_options = std::vector<std::byte>(5, std::byte{9});
  b.graph().nodes.back().intermediates = {state, kAbsent};
  b.Output(b.Op("WHILE", {y}, {.name = "z", .shape = {2, 3}}, Options{{0, 1}, {1, 1}}));
  b.AddGraph("body");
  const int in = b.Input("in", Type::kFloat32, {2, 3});
  b.Output(b.Op("STABLEHLO_COMPOSITE", {in}, {.name = "out", .shape = {2, 3}},
                Options{{0, "norm"}, {1, 1}, {2, std::vector<std::byte>(3)}}));
  return b;
}

// A sparse and a blockwise quantised INT4 constant, behind the flatbuffer.
inline ModelBuilder CompressedSample() {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 4});
  TensorDef sparse{.name = "sparse", .shape = {2, 4}, .data = BytesOf(std::vector<float>{1, 2, 3})};
  sparse.sparsity = Sparsity{{0, 1}, {}, {{false, 2, {}, {}}, {true, 0, {0, 1, 3}, {2, 0, 3}}}};
  const int w = b.Op("DENSIFY", {b.Add(sparse)}, {.name = "w", .shape = {2, 4}});
  const int scales = b.Constant("scales", {2}, std::vector<float>{.5f, .25f});
  TensorDef blocks{.name = "blocks", .type = Type::kInt4, .shape = {2, 4}};
  blocks.data = BytesOfInt4(std::vector<int8_t>{1, -1, 2, -2, 7, -8, 0, 3});
  blocks.blockwise = Blockwise{scales, kAbsent, 4, {}};
  const int v = b.Add(blocks);
  const int y = b.Op("FULLY_CONNECTED", {x, w, kAbsent}, {.name = "y", .shape = {1, 2}}, Options{});
  b.Output(b.Op("FULLY_CONNECTED", {x, v, y}, {.name = "z", .shape = {1, 2}}, Options{}));
  b.model().data_behind = true;
  return b;
}

inline std::vector<std::vector<std::byte>> SampleModels() {
  return {ConvolutionSample().Build(), MixedSample().Build(), CompressedSample().Build()};
}

// Walk() reads every byte and checks every promise of a Model; a broken one ends the program.
class ModelWalk {
 public:
  explicit ModelWalk(const Model& model) : model_(model) {}

  uint64_t Walk() {
    Promise(!model_.graphs.empty(), "a graph");
    for (const Graph& graph : model_.graphs) WalkGraph(graph);
    for (const Signature& signature : model_.signatures) {
      const Graph& graph = model_.graphs.at(static_cast<size_t>(signature.graph));
      for (const auto& binding : signature.inputs) Index(binding.tensor, graph);
      for (const auto& binding : signature.outputs) Index(binding.tensor, graph);
    }
    for (const Metadata& metadata : model_.metadata) Touch(metadata.data);
    return sum_;
  }

 private:
  static void Promise(bool kept, const char* what) {
    if (kept) return;
    std::fprintf(stderr, "the reader broke its promise: %s\n", what);
    std::abort();
  }
  static const TensorInfo& Index(int index, const Graph& graph) {
    Promise(index >= 0 && static_cast<size_t>(index) < graph.tensors.size(), "tensor index");
    return graph.tensors[static_cast<size_t>(index)];
  }
  void Touch(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) sum_ += static_cast<uint64_t>(byte);
  }

  void WalkTensor(const TensorInfo& tensor) {
    Promise(tensor.shape.known(), "a known shape");
    Promise((tensor.free_dims >> tensor.shape.rank()) == 0, "signature's rank");
    const QuantizationView& quantization = tensor.quantization;
    Promise(quantization.scale.size() == quantization.zero_point.size(), "a zero point a scale");
    if (quantization.per_channel()) {
      Promise(tensor.shape[quantization.axis] == static_cast<int64_t>(quantization.scale.size()),
              "a scale a slice");
    }
    if (tensor.is_constant && !tensor.sparsity && tensor.type != Type::kString) {
      Promise(static_cast<int64_t>(tensor.data.size()) ==
                  PackedBytes(tensor.type, tensor.shape.elements()),
              "a constant's size");
    }
    Touch(tensor.data);
  }

  void WalkOptions(const OptionsReader& options) {
    for (int field = -1; field < 20; ++field) {
      sum_ += options.Bool(field) + static_cast<uint8_t>(options.Int8(field));
      sum_ += static_cast<uint64_t>(options.Int32(field)) + options.Int32s(field).size();
      sum_ += static_cast<uint64_t>(options.Int64(field)) + options.Int64s(field).size();
      sum_ += (options.Float(field) > 0) + options.Floats(field).size();
      Touch(options.Bytes(field));
      sum_ += options.String(field).size();
    }
  }

  void WalkGraph(const Graph& graph) {
    for (const TensorInfo& tensor : graph.tensors) WalkTensor(tensor);
    std::vector<bool> ready(graph.tensors.size());
    for (size_t i = 0; i < ready.size(); ++i) {
      ready[i] = graph.tensors[i].is_constant || graph.tensors[i].is_variable;
    }
    for (const int input : graph.inputs) {
      Promise(!Index(input, graph).is_constant, "no constant input");
      ready[static_cast<size_t>(input)] = true;
    }
    for (const Node& node : graph.nodes) {
      for (const int input : node.inputs) {
        if (input == kAbsent) continue;
        Index(input, graph);
        Promise(ready[static_cast<size_t>(input)], "an input that is ready");
      }
      for (const int output : node.outputs) {
        Index(output, graph);
        ready[static_cast<size_t>(output)] = true;
      }
      for (const int other : node.intermediates) {
        if (other != kAbsent) Index(other, graph);
      }
      Promise(!NodeName(node).empty(), "a name");
      WalkOptions(node.options);
      Touch(node.custom_options);
    }
    for (const int output : graph.outputs) {
      Index(output, graph);
      Promise(ready[static_cast<size_t>(output)], "an output that is ready");
    }
  }

  const Model& model_;
  uint64_t sum_ = 0;
};

}  // namespace brink::model

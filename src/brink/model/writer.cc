#include <algorithm>
#include <tuple>
#include <type_traits>

#include "brink/model/builder.h"
#include "brink/model/operator_table.h"
#include "schema/tflite_structure_generated.h"

namespace brink::model {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using flatbuffers::voffset_t;

constexpr size_t kDataAlignment = 16;     // TFLite's for buffers
constexpr int32_t kLastShortCode = 127;   // the largest that deprecated_builtin_code holds
constexpr uint8_t kInt32VectorKind = 1;   // SparseIndexVector
constexpr uint8_t kBlockwiseDetails = 2;  // QuantizationDetails

template <class T>
Offset<wire::Opaque> Opaque(Offset<T> table) {
  return Offset<wire::Opaque>(table.o);
}

class Writer {
 public:
  // `data_start`: where constants lie behind the flatbuffer; 0 in the first of two passes, which
  // only measures.
  Writer(const ModelDef& model, uint64_t data_start) : model_(model), data_end_(data_start) {}

  std::vector<std::byte> Write() {
    AddBuffer({});
    std::vector<Offset<wire::SubGraph>> graphs;
    for (const GraphDef& graph : model_.graphs) graphs.push_back(WriteGraph(graph));
    std::vector<Offset<wire::SignatureDef>> signatures;
    for (const Signature& signature : model_.signatures) {
      signatures.push_back(WriteSignature(signature));
    }
    std::vector<Offset<wire::Metadata>> metadata;
    for (const MetadataDef& entry : model_.metadata) {
      const uint32_t buffer = AddBuffer(entry.data);
      metadata.push_back(wire::CreateMetadata(fbb_, fbb_.CreateString(entry.name), buffer));
    }
    const auto codes = fbb_.CreateVector(codes_);
    const auto graph_vector = fbb_.CreateVector(graphs);
    const auto description = fbb_.CreateString(model_.description);
    const auto buffers = fbb_.CreateVector(buffers_);
    const auto metadata_vector = fbb_.CreateVector(metadata);
    const auto signature_vector = fbb_.CreateVector(signatures);
    fbb_.Finish(wire::CreateModel(fbb_, model_.version, codes, graph_vector, description, buffers.o,
                                  0, metadata_vector, signature_vector),
                wire::ModelIdentifier());
    const std::span<const uint8_t> written = fbb_.GetBufferSpan();
    return BytesOf(written);
  }

  // What lies behind the flatbuffer: padding of the start, then each buffer at its place.
  const std::vector<std::byte>& behind() const { return behind_; }

 private:
  template <class T>
  Offset<flatbuffers::Vector<T>> Numbers(const std::vector<T>& values) {
    return values.empty() ? 0 : fbb_.CreateVector(values);
  }

  // Returns the buffer's index.
  uint32_t AddBuffer(std::span<const std::byte> data) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(data.data());
    if (data.empty()) {
      buffers_.push_back(wire::CreateBuffer(fbb_));
    } else if (model_.data_behind) {
      buffers_.push_back(AddBufferBehind(data));
    } else {
      fbb_.ForceVectorAlignment(data.size(), 1, kDataAlignment);
      const auto vector = fbb_.CreateVector(bytes, data.size());
      buffers_.push_back(wire::CreateBuffer(fbb_, vector));
    }
    return static_cast<uint32_t>(buffers_.size()) - 1;
  }

  Offset<wire::Buffer> AddBufferBehind(std::span<const std::byte> data) {
    // The field is there in both passes, so that both have the same size.
    const uint64_t offset = std::max<uint64_t>(data_end_, 1);
    behind_.insert(behind_.end(), data.begin(), data.end());
    const size_t padding = (kDataAlignment - data.size() % kDataAlignment) % kDataAlignment;
    behind_.resize(behind_.size() + padding);
    data_end_ += data.size() + padding;
    return wire::CreateBuffer(fbb_, 0, offset, data.size());
  }

  Offset<wire::Opaque> WriteIndices(const std::vector<int32_t>& values) {
    return Opaque(wire::CreateInt32Vector(fbb_, fbb_.CreateVector(values)));
  }

  Offset<wire::SparsityParameters> WriteSparsity(const Sparsity& sparsity) {
    std::vector<Offset<wire::DimensionMetadata>> dimensions;
    for (const Sparsity::Dimension& dimension : sparsity.dimensions) {
      if (!dimension.sparse) {
        dimensions.push_back(wire::CreateDimensionMetadata(fbb_, 0, dimension.dense_size));
        continue;
      }
      const auto segments = WriteIndices(dimension.segments);
      const auto indices = WriteIndices(dimension.indices);
      dimensions.push_back(wire::CreateDimensionMetadata(
          fbb_, 1, dimension.dense_size, kInt32VectorKind, segments, kInt32VectorKind, indices));
    }
    const auto order = Numbers(sparsity.traversal_order);
    const auto blocks = Numbers(sparsity.block_map);
    return wire::CreateSparsityParameters(fbb_, order, blocks, fbb_.CreateVector(dimensions));
  }

  Offset<wire::QuantizationParameters> WriteQuantization(const TensorDef& tensor) {
    const Quantization& quantization = tensor.quantization;
    if (quantization.empty() && !tensor.blockwise) return 0;
    Offset<wire::Opaque> details = 0;
    if (tensor.blockwise) {
      const auto shape = Numbers(tensor.blockwise->block_shape);
      details = Opaque(wire::CreateBlockwiseQuantization(fbb_, tensor.blockwise->scales,
                                                         tensor.blockwise->zero_points,
                                                         tensor.blockwise->block_size, shape));
    }
    const auto scale = Numbers(quantization.scale);
    const auto zero_point = Numbers(quantization.zero_point);
    return wire::CreateQuantizationParameters(fbb_, 0, 0, scale, zero_point,
                                              tensor.blockwise ? kBlockwiseDetails : uint8_t{0},
                                              details, quantization.axis);
  }

  Offset<wire::Tensor> WriteTensor(const TensorDef& tensor) {
    const uint32_t buffer = tensor.data.empty() ? 0 : AddBuffer(tensor.data);
    const auto shape = fbb_.CreateVector(tensor.shape);
    const auto name = fbb_.CreateString(tensor.name);
    const auto quantization = WriteQuantization(tensor);
    const auto sparsity = tensor.sparsity ? WriteSparsity(*tensor.sparsity) : 0;
    const auto signature = Numbers(tensor.shape_signature);
    return wire::CreateTensor(fbb_, shape, static_cast<int8_t>(tensor.type),
                              tensor.buffer.value_or(buffer), name, quantization,
                              tensor.is_variable, sparsity, signature, /*has_rank=*/true);
  }

  // The index of the operator's code, which nodes of one code, name and version share.
  uint32_t CodeIndex(const NodeDef& node) {
    const auto key = std::tuple(node.code, node.custom_name, node.version);
    const auto found = std::ranges::find(code_keys_, key);
    if (found != code_keys_.end()) return static_cast<uint32_t>(found - code_keys_.begin());
    const auto name = node.custom_name.empty() ? 0 : fbb_.CreateString(node.custom_name);
    const auto short_code = static_cast<int8_t>(std::min(node.code, kLastShortCode));
    codes_.push_back(wire::CreateOperatorCode(fbb_, short_code, name, node.version, node.code));
    code_keys_.push_back(key);
    return static_cast<uint32_t>(codes_.size()) - 1;
  }

  // Vectors and strings lie outside the table and are written before it: their offsets, in the
  // options' order.
  std::vector<flatbuffers::uoffset_t> WriteOutlying(const Options& options) {
    std::vector<flatbuffers::uoffset_t> offsets;
    for (const Option& option : options) {
      offsets.push_back(std::visit(
          [this](const auto& value) -> flatbuffers::uoffset_t {
            using Value = std::decay_t<decltype(value)>;
            if constexpr (std::is_arithmetic_v<Value>) {
              return 0;
            } else if constexpr (std::is_same_v<Value, std::string>) {
              return fbb_.CreateString(value).o;
            } else if constexpr (std::is_same_v<Value, std::vector<std::byte>>) {
              return fbb_.CreateVector(reinterpret_cast<const uint8_t*>(value.data()), value.size())
                  .o;
            } else {
              return fbb_.CreateVector(value).o;
            }
          },
          option.value));
    }
    return offsets;
  }

  Offset<wire::Opaque> WriteOptions(const Options& options) {
    const std::vector<flatbuffers::uoffset_t> outlying = WriteOutlying(options);
    const flatbuffers::uoffset_t start = fbb_.StartTable();
    for (size_t i = 0; i < options.size(); ++i) {
      const voffset_t slot =
          flatbuffers::FieldIndexToOffset(static_cast<voffset_t>(options[i].field));
      std::visit(
          [&](const auto& value) {
            using Value = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, bool>) {
              fbb_.AddElement<uint8_t>(slot, value ? 1 : 0);
            } else if constexpr (std::is_arithmetic_v<Value>) {
              fbb_.AddElement(slot, value);
            } else {
              fbb_.AddOffset(slot, Offset<void>(outlying[i]));
            }
          },
          options[i].value);
    }
    return {fbb_.EndTable(start)};
  }

  Offset<wire::Operator> WriteNode(const NodeDef& node) {
    const uint32_t code = CodeIndex(node);
    const OperatorRow* row = FindOperator(node.code);
    const OperatorRow kinds = row == nullptr ? OperatorRow{} : *row;
    const bool second = kinds.options == 0 && kinds.options_2 != 0;
    const auto kind = node.options_kind.value_or(second ? kinds.options_2 : kinds.options);
    const auto options = node.options ? WriteOptions(*node.options) : 0;
    const auto inputs = fbb_.CreateVector(node.inputs);
    const auto outputs = fbb_.CreateVector(node.outputs);
    const auto intermediates = Numbers(node.intermediates);
    const auto custom =
        node.custom_options.empty()
            ? 0
            : fbb_.CreateVector(reinterpret_cast<const uint8_t*>(node.custom_options.data()),
                                node.custom_options.size());
    wire::OperatorBuilder builder(fbb_);
    builder.add_opcode_index(code);
    builder.add_inputs(inputs);
    builder.add_outputs(outputs);
    builder.add_intermediates(intermediates);
    builder.add_custom_options(custom);
    if (node.options && second) {
      builder.add_builtin_options_2_type(kind);
      builder.add_builtin_options_2(options);
    } else if (node.options) {
      builder.add_builtin_options_type(kind);
      builder.add_builtin_options(options);
    }
    return builder.Finish();
  }

  Offset<wire::SubGraph> WriteGraph(const GraphDef& graph) {
    std::vector<Offset<wire::Tensor>> tensors;
    for (const TensorDef& tensor : graph.tensors) tensors.push_back(WriteTensor(tensor));
    std::vector<Offset<wire::Operator>> nodes;
    for (const NodeDef& node : graph.nodes) nodes.push_back(WriteNode(node));
    const auto tensor_vector = fbb_.CreateVector(tensors);
    const auto inputs = fbb_.CreateVector(graph.inputs);
    const auto outputs = fbb_.CreateVector(graph.outputs);
    const auto node_vector = fbb_.CreateVector(nodes);
    const auto name = fbb_.CreateString(graph.name);
    return wire::CreateSubGraph(fbb_, tensor_vector, inputs, outputs, node_vector, name);
  }

  Offset<flatbuffers::Vector<Offset<wire::TensorMap>>> WriteBindings(
      const std::vector<Signature::Binding>& bindings) {
    std::vector<Offset<wire::TensorMap>> maps;
    maps.reserve(bindings.size());
    for (const Signature::Binding& binding : bindings) {
      maps.push_back(wire::CreateTensorMap(fbb_, fbb_.CreateString(binding.name),
                                           static_cast<uint32_t>(binding.tensor)));
    }
    return fbb_.CreateVector(maps);
  }

  Offset<wire::SignatureDef> WriteSignature(const Signature& signature) {
    const auto inputs = WriteBindings(signature.inputs);
    const auto outputs = WriteBindings(signature.outputs);
    const auto key = fbb_.CreateString(signature.key);
    return wire::CreateSignatureDef(fbb_, inputs, outputs, key,
                                    static_cast<uint32_t>(signature.graph));
  }

  const ModelDef& model_;
  uint64_t data_end_;
  FlatBufferBuilder fbb_;
  std::vector<std::byte> behind_;
  std::vector<Offset<wire::Buffer>> buffers_;
  std::vector<Offset<wire::OperatorCode>> codes_;
  std::vector<std::tuple<int32_t, std::string, int>> code_keys_;
};

}  // namespace

std::vector<std::byte> WriteModel(const ModelDef& model) {
  std::vector<std::byte> bytes = Writer(model, 0).Write();
  if (!model.data_behind) return bytes;
  const size_t padded = (bytes.size() + kDataAlignment - 1) / kDataAlignment * kDataAlignment;
  Writer writer(model, padded);
  bytes = writer.Write();
  bytes.resize(padded);
  bytes.insert(bytes.end(), writer.behind().begin(), writer.behind().end());
  return bytes;
}

}  // namespace brink::model

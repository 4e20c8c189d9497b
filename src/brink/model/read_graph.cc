#include "brink/model/read_graph.h"

#include <algorithm>

#include "brink/model/operator_table.h"
#include "brink/model/printable.h"
#include "brink/model/read_tensor.h"
#include "brink/model/wire_file.h"

namespace brink::model {
namespace {

constexpr uint64_t kPlaceholderOffset = 1;  // written before the place is known

std::string Place(std::string_view kind, size_t index, std::string_view name) {
  std::string place = std::string(kind) + " " + std::to_string(index);
  return name.empty() ? place : place + " " + Quoted(name);
}

Status ReadCode(WireFile& file, uint32_t index, Node& node) {
  const auto* codes = file.root().operator_codes();
  const uint32_t count = codes == nullptr ? 0 : codes->size();
  if (index >= count) {
    return Fail(Code::kOutOfRange, "operator code " + std::to_string(index) + ", the file has " +
                                       std::to_string(count));
  }
  const wire::OperatorCode& code = *codes->Get(index);
  // Codes above 127 do not fit the old field, which then holds 127; files from before the new field
  // leave it 0.
  node.code = std::max<int32_t>(code.deprecated_builtin_code(), code.builtin_code());
  node.version = std::max(1, code.version());
  if (node.code < 0) {
    return Fail(Code::kInvalidArgument, "operator code " + std::to_string(node.code));
  }
  if (node.code != kCustomCode) return {};
  BRINK_ASSIGN(node.custom_name, file.Text(code.custom_code()));
  if (node.custom_name.empty()) {
    return Fail(Code::kInvalidArgument, "a custom operator without a name");
  }
  return {};
}

Status CheckOptionsKind(uint8_t got, uint8_t wanted) {
  if (got == wanted || got == 0) return {};
  return Fail(Code::kInvalidArgument,
              "options of kind " + std::to_string(got) + ", expected " + std::to_string(wanted));
}

// Options of another operator's kind would be read as something that they are not, so they are
// refused. Operators that have no options ignore what is there.
Status ReadOptions(WireFile& file, const wire::Operator& wire, Node& node) {
  const OperatorRow* row = FindOperator(node.code);
  if (row == nullptr) {
    node.options = file.Options(wire.builtin_options());
    return {};
  }
  if (row->options != 0) {
    BRINK_TRY(CheckOptionsKind(wire.builtin_options_type(), row->options));
    if (wire.builtin_options_type() != 0) node.options = file.Options(wire.builtin_options());
  } else if (row->options_2 != 0) {
    BRINK_TRY(CheckOptionsKind(wire.builtin_options_2_type(), row->options_2));
    if (wire.builtin_options_2_type() != 0) node.options = file.Options(wire.builtin_options_2());
  }
  return {};
}

Status ReadCustomOptions(WireFile& file, const wire::Operator& wire, Node& node) {
  if (wire.large_custom_options_offset() > kPlaceholderOffset) {
    auto range = file.Range(wire.large_custom_options_offset(), wire.large_custom_options_size());
    if (!range) return Fail(range.error().Within("custom options"));
    node.custom_options = *range;
  } else if (wire.custom_options() != nullptr) {
    node.custom_options =
        std::as_bytes(std::span(wire.custom_options()->Data(), wire.custom_options()->size()));
  }
  return {};
}

// `absent_allowed`: whether an element may be -1.
Result<std::vector<int>> ReadIndices(WireFile& file, const flatbuffers::Vector<int32_t>* wire,
                                     std::string_view kind, const Graph& graph,
                                     bool absent_allowed) {
  BRINK_ASSIGN(std::vector<int> indices, file.Copy(wire));
  for (size_t i = 0; i < indices.size(); ++i) {
    if (absent_allowed && indices[i] == kAbsent) continue;
    const Status status = CheckTensorIndex(indices[i], graph);
    if (!status) return Fail(status.error().Within(Place(kind, i, "")));
  }
  return indices;
}

Status ReadArguments(WireFile& file, const wire::Operator& wire, const Graph& graph, Node& node) {
  BRINK_ASSIGN(node.inputs, ReadIndices(file, wire.inputs(), "input", graph, true));
  BRINK_ASSIGN(node.outputs, ReadIndices(file, wire.outputs(), "output", graph, false));
  BRINK_ASSIGN(node.intermediates,
               ReadIndices(file, wire.intermediates(), "intermediate", graph, true));
  return {};
}

Result<Node> ReadNode(WireFile& file, const wire::Operator& wire, const Graph& graph,
                      size_t index) {
  Node node;
  BRINK_TRY(file.Charge(sizeof(Node)));
  const auto within = [&](const Status& status, std::string_view name) {
    return Fail(status.error().Within("operator " + std::to_string(index) + std::string(name)));
  };
  if (const Status status = ReadCode(file, wire.opcode_index(), node); !status) {
    return within(status, "");
  }
  for (const auto read : {ReadOptions, ReadCustomOptions}) {
    if (const Status status = read(file, wire, node); !status) {
      return within(status, " (" + NodeName(node) + ")");
    }
  }
  if (const Status status = ReadArguments(file, wire, graph, node); !status) {
    return within(status, " (" + NodeName(node) + ")");
  }
  return node;
}

// To grow into more costs a real model time; a hostile one counts to millions.
constexpr uint32_t kMostReserved = 1024;

Status ReadTensors(WireFile& file, const wire::SubGraph& wire, Graph& graph) {
  const uint32_t count = wire.tensors() == nullptr ? 0 : wire.tensors()->size();
  graph.tensors.reserve(std::min(count, kMostReserved));
  for (uint32_t i = 0; i < count; ++i) {
    const wire::Tensor& tensor = *wire.tensors()->Get(i);
    auto read = ReadTensor(file, tensor);
    if (!read) {
      const std::string_view name =
          tensor.name() == nullptr ? std::string_view() : tensor.name()->string_view();
      return Fail(read.error().Within(Place("tensor", i, name)));
    }
    graph.tensors.push_back(std::move(*read));
  }
  return {};
}

// What a blockwise quantisation names: constants of one value a block.
Status CheckBlockwise(const Graph& graph) {
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const auto& blockwise = graph.tensors[i].blockwise;
    if (!blockwise) continue;
    Status status = CheckTensorIndex(blockwise->scales, graph);
    if (status && blockwise->zero_points != kAbsent) {
      status = CheckTensorIndex(blockwise->zero_points, graph);
    }
    if (status && blockwise->block_size < 0) {
      status = Fail(Code::kInvalidArgument, "block size " + std::to_string(blockwise->block_size));
    }
    if (!status) {
      return Fail(status.error()
                      .Within("blockwise quantisation")
                      .Within(Place("tensor", i, graph.tensors[i].name)));
    }
  }
  return {};
}

}  // namespace

Status CheckTensorIndex(int64_t index, const Graph& graph) {
  if (index >= 0 && index < static_cast<int64_t>(graph.tensors.size())) return {};
  return Fail(Code::kOutOfRange, "tensor index " + std::to_string(index) + ", the graph has " +
                                     std::to_string(graph.tensors.size()));
}

Result<Graph> ReadGraph(WireFile& file, const wire::SubGraph& wire) {
  Graph graph;
  BRINK_TRY(file.Charge(sizeof(Graph)));
  BRINK_ASSIGN(graph.name, file.Text(wire.name()));
  BRINK_TRY(ReadTensors(file, wire, graph));
  BRINK_TRY(CheckBlockwise(graph));
  BRINK_ASSIGN(graph.inputs, ReadIndices(file, wire.inputs(), "graph input", graph, false));
  BRINK_ASSIGN(graph.outputs, ReadIndices(file, wire.outputs(), "graph output", graph, false));
  const uint32_t count = wire.operators() == nullptr ? 0 : wire.operators()->size();
  graph.nodes.reserve(std::min(count, kMostReserved));
  for (uint32_t i = 0; i < count; ++i) {
    BRINK_ASSIGN(Node node, ReadNode(file, *wire.operators()->Get(i), graph, i));
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

}  // namespace brink::model

#include "brink/ops/one_node_testing.h"

#include "brink/ops/op_table.h"

namespace brink::ops {

OneNode::OneNode(const model::ModelBuilder& builder)
    : model_(model::ReadModel(builder.Build(), "test").value()),
      op_(FindOp(Node().code, Node().custom_name)),
      view_(*op_, 0) {
  const model::Graph& graph = model_->graphs[0];
  const model::Node& node = Node();
  for (const model::TensorInfo& info : graph.tensors) {
    values_.push_back({.name = info.name,
                       .type = info.type,
                       .shape = info.shape,
                       .quantization = info.quantization,
                       .is_constant = info.is_constant,
                       .is_variable = info.is_variable,
                       .data = info.data});
  }
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const auto& blockwise = graph.tensors[i].blockwise;
    if (!blockwise) continue;
    BlockScales blocks{.size = blockwise->block_size};
    blocks.type = Get(blockwise->scales).type;
    blocks.scales = Get(blockwise->scales).data;
    if (blockwise->zero_points != model::kAbsent) {
      blocks.zero_type = Get(blockwise->zero_points).type;
      blocks.zero_points = Get(blockwise->zero_points).data;
    }
    values_[i].blocks = std::make_shared<const BlockScales>(blocks);
  }
  for (const int i : node.inputs) view_.inputs.push_back(i == model::kAbsent ? nullptr : &Get(i));
  for (const int i : node.outputs) view_.outputs.push_back(&Get(i));
  view_.options = node.options;
  view_.custom_options = node.custom_options;
}

OneNode::~OneNode() = default;

Result<Prepared> OneNode::Prepare() const { return op_->prepare(view_); }

std::string OneNode::Error() const {
  const Result<Prepared> prepared = Prepare();
  return prepared ? "" : prepared.error().message;
}

Result<std::vector<Tensor>> OneNode::Run(const std::vector<ConstTensorView>& inputs) const {
  BRINK_ASSIGN(const Prepared prepared, Prepare());
  std::vector<const std::byte*> in;
  size_t next = 0;
  for (const Value* value : view_.inputs) {
    if (value == nullptr) {
      in.push_back(nullptr);
    } else {
      in.push_back(value->is_constant ? value->data.data() : inputs.at(next++).bytes.data());
    }
  }
  std::vector<Tensor> outputs;
  std::vector<std::byte*> out;
  for (size_t i = 0; i < prepared.shapes.size(); ++i) {
    outputs.emplace_back(view_.outputs[i]->type, prepared.shapes[i]);
    out.push_back(ElementsOf(outputs.back()).bytes.data());
  }
  Tensor scratch(Type::kUInt8, {static_cast<int64_t>(prepared.scratch_bytes)});
  std::vector<std::byte> kept(prepared.kept_bytes);
  const ops::Run run = prepared.Ready();
  BRINK_TRY(
      run({.inputs = in, .outputs = out, .scratch = scratch.bytes().data(), .kept = kept.data()}));
  return outputs;
}

const model::Node& OneNode::Node() const { return model_->graphs[0].nodes[0]; }

const Value& OneNode::Get(int index) const { return values_[static_cast<size_t>(index)]; }

}  // namespace brink::ops

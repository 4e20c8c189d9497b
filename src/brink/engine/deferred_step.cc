#include "brink/engine/deferred_step.h"

#include <algorithm>
#include <cstring>

namespace brink::engine {
namespace {

constexpr size_t kMostReady = 4;
// Of values that decide, in one Ready: beyond it only the last one is kept.
constexpr size_t kMostKeptBytes = size_t{1} << 16;

bool Has(uint64_t bits, size_t index) { return index < 64 && (bits >> index & 1) != 0; }

bool Equal(const Tensor& kept, const ConstTensorView& now) {
  if (now.type == Type::kString) return std::ranges::equal(kept.strings(), now.as<std::string>());
  return now.bytes.empty() ||
         std::memcmp(kept.bytes().data(), now.bytes.data(), now.bytes.size()) == 0;
}

// The node's view of tensors that live as long as this.
class View {
 public:
  View(const DeferredNode& node, const DeferredStep::Ready& ready, ops::GraphPlanner& planner,
       int threads)
      : inputs_(node.inputs), node_(*node.op, node.index) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (!inputs_[i]) {
        node_.inputs.push_back(nullptr);
        continue;
      }
      ops::Value& value = *inputs_[i];
      value.shape = ready.input_shapes[i];
      value.is_dynamic = false;
      if (ready.values[i]) {
        value.is_constant = true;
        value.data = ElementsOf(*ready.values[i]).bytes;
      }
      node_.inputs.push_back(&value);
    }
    for (const ops::Value& output : node.outputs) node_.outputs.push_back(&output);
    for (const auto& tensor : node.intermediates)
      node_.intermediates.push_back(tensor ? &*tensor : nullptr);
    node_.options = node.options;
    node_.custom_options = node.custom_options;
    node_.following = node.following;
    node_.threads = threads;
    node_.graphs = &planner;
  }
  const ops::NodeView& node() const { return node_; }

 private:
  std::vector<std::optional<ops::Value>> inputs_;
  ops::NodeView node_;
};

}  // namespace

bool DeferredStep::Fits(const Ready& ready, std::span<const ConstTensorView> inputs) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!(ready.input_shapes[i] == inputs[i].shape)) return false;
    if (Has(wanted_, i) && (!ready.values[i] || !Equal(*ready.values[i], inputs[i]))) return false;
  }
  return true;
}

Result<const DeferredStep::Ready*> DeferredStep::Prepare(const DeferredNode& node,
                                                         std::span<const ConstTensorView> inputs,
                                                         ops::GraphPlanner& planner, int threads) {
  const auto known =
      std::ranges::find_if(ready_, [&](const Ready& ready) { return Fits(ready, inputs); });
  if (known != ready_.end()) {
    ready_.splice(ready_.begin(), ready_, known);
    return &ready_.front();
  }
  Ready ready;
  for (const ConstTensorView& input : inputs) ready.input_shapes.push_back(input.shape);
  ready.values.resize(inputs.size());
  for (;;) {
    size_t kept_bytes = 0;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!Has(wanted_, i) || !node.inputs[i]) continue;
      if (!ready.values[i]) ready.values[i] = CopyOf(inputs[i]);
      kept_bytes += inputs[i].bytes.size();
    }
    const View view(node, ready, planner, threads);
    Result<ops::Prepared> prepared = node.op->prepare(view.node());
    const uint64_t more = view.node().wanted_constants() & ~wanted_;
    if (!prepared && more != 0) {
      wanted_ |= more;
      continue;
    }
    if (!prepared) return Fail(std::move(prepared.error()));
    if (prepared->shapes.size() != node.outputs.size())
      return view.node().Fail(Code::kInternal, "outputs without a shape");
    ready.prepared = *std::move(prepared);
    ready.run = ready.prepared.Ready();
    ready.prepared.packing.reset();  // lets go of what packing needed
    if (kept_bytes > kMostKeptBytes) ready_.clear();
    while (ready_.size() >= kMostReady) ready_.pop_back();
    ready_.push_front(std::move(ready));
    return &ready_.front();
  }
}

}  // namespace brink::engine

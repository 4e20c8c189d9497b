#include "brink/engine/deferred_step.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <string_view>

namespace brink::engine {
namespace {

// Of values that decide, known outputs and packed weights, in one Ready: beyond, only a few are
// kept.
constexpr size_t kMostBytes = size_t{1} << 10;
// Beyond that, only the last one.
constexpr size_t kMostKeptBytes = size_t{1} << 16;

bool Has(uint64_t bits, size_t index) { return index < 64 && (bits >> index & 1) != 0; }

bool Equal(const Tensor& kept, const ConstTensorView& now) {
  if (now.type == Type::kString) return std::ranges::equal(kept.strings(), now.as<std::string>());
  return now.bytes.empty() ||
         std::memcmp(kept.bytes().data(), now.bytes.data(), now.bytes.size()) == 0;
}

size_t Mixed(size_t digest, size_t value) {
  return (digest ^ value) * size_t{0x9E3779B1} + (digest >> 7);
}

size_t BytesOf(const DeferredStep::Ready& ready) {
  size_t bytes = 0;
  for (const auto& decided : ready.values) bytes += ElementsOf(decided.value).bytes.size();
  for (const Tensor& known : ready.known) bytes += ElementsOf(known).bytes.size();
  return bytes;
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
      node_.inputs.push_back(&value);
    }
    for (const auto& decided : ready.values) {
      ops::Value& value = *inputs_[decided.input];
      value.is_constant = true;
      value.data = ElementsOf(decided.value).bytes;
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

size_t DeferredStep::Digest(std::span<const ConstTensorView> inputs) const {
  size_t digest = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    for (const int64_t extent : inputs[i].shape.dims())
      digest = Mixed(digest, static_cast<size_t>(extent));
    if (!Has(wanted_, i) || inputs[i].type == Type::kString) continue;
    const auto* bytes = reinterpret_cast<const char*>(inputs[i].bytes.data());
    digest = Mixed(digest, std::hash<std::string_view>()({bytes, inputs[i].bytes.size()}));
  }
  return digest;
}

bool DeferredStep::Fits(const Ready& ready, std::span<const ConstTensorView> inputs) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!(ready.input_shapes[i] == inputs[i].shape)) return false;
  }
  // What was prepared before an input was known to decide has no value of it.
  uint64_t wanted = wanted_;
  for (const Decided& decided : ready.values) {
    if (!Equal(decided.value, inputs[decided.input])) return false;
    wanted &= ~(uint64_t{1} << decided.input);
  }
  return wanted == 0;
}

const DeferredStep::Ready* DeferredStep::Find(std::span<const ConstTensorView> inputs) const {
  const size_t digest = Digest(inputs);
  for (size_t i = 0; i < ready_.size(); ++i) {
    if (digests_[i] == digest && Fits(*ready_[i], inputs)) return ready_[i].get();
  }
  return nullptr;
}

const DeferredStep::Ready* DeferredStep::Keep(Ready ready, size_t weights_bytes, size_t digest) {
  const size_t bytes = BytesOf(ready);
  const size_t most = bytes > kMostKeptBytes               ? 1
                      : bytes + weights_bytes > kMostBytes ? kFew
                                                           : most_ready_;
  if (ready_.size() > most) {
    ready_.clear();
    digests_.clear();
  }
  auto kept = std::make_unique<const Ready>(std::move(ready));
  if (ready_.size() < most) {
    ready_.push_back(std::move(kept));
    digests_.push_back(digest);
    return ready_.back().get();
  }
  oldest_ %= ready_.size();
  ready_[oldest_] = std::move(kept);
  digests_[oldest_] = digest;
  return ready_[oldest_++].get();
}

Result<const DeferredStep::Ready*> DeferredStep::Prepare(const DeferredNode& node,
                                                         std::span<const ConstTensorView> inputs,
                                                         ops::GraphPlanner& planner, int threads) {
  if (const Ready* known = Find(inputs)) return known;
  Ready ready;
  ready.input_shapes.reserve(inputs.size());
  for (const ConstTensorView& input : inputs) ready.input_shapes.push_back(input.shape);
  for (;;) {
    ready.values.clear();
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (Has(wanted_, i) && node.inputs[i]) ready.values.push_back({i, CopyOf(inputs[i])});
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
    const size_t weights_bytes = prepared->packing ? prepared->packing->bytes : 0;
    ready.run = prepared->packing ? prepared->Ready() : std::move(prepared->run);
    ready.shapes = std::move(prepared->shapes);
    ready.known = std::move(prepared->known);
    ready.scratch_bytes = prepared->scratch_bytes;
    ready.kept_bytes = prepared->kept_bytes;
    return Keep(std::move(ready), weights_bytes, Digest(inputs));
  }
}

}  // namespace brink::engine

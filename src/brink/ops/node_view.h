// One node of a graph as an operator's prepare function sees it, with the checks that most
// operators share. Every message begins with the node: "operator 12 (CONV_2D 'name of its output'):
// ".
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"
#include "brink/kernels/activation.h"
#include "brink/model/options.h"
#include "brink/ops/value.h"

namespace brink::ops {

struct OpDef;
class GraphPlanner;

// Cells around the rows and columns of a [batch, height, width, channels] tensor.
struct Border {
  int64_t top = 0;
  int64_t bottom = 0;
  int64_t left = 0;
  int64_t right = 0;

  bool empty() const { return top == 0 && bottom == 0 && left == 0 && right == 0; }
};

class NodeView {
 public:
  NodeView(const OpDef& op, int index) : op_(&op), index_(index) {}

  // Filled by whoever plans. Values outlive the view; an absent input is null.
  std::vector<const Value*> inputs;
  std::vector<const Value*> outputs;
  model::OptionsReader options;
  std::span<const std::byte> custom_options;
  kernels::Activation following =
      kernels::Activation::kNone;  // a node after this one that was fused into it
  bool max_pool = false;           // so was a max pooling of 2x2 windows, stride 2; OpDef::pools
  // Zeros (of a quantised tensor: its zero points) that input 0 is to be read with around it, those
  // of a PAD before this node that was fused into it; OpDef::pads.
  Border border;
  int threads = 1;  // how many may work on its step
  // Bytes that its packed weights may take, where there is a kernel that needs no more; for those
  // that have a Prepared::cost.
  size_t most_packed = std::numeric_limits<size_t>::max();
  std::vector<const Value*> intermediates;  // tensors of which only the quantisation matters
  GraphPlanner* graphs = nullptr;           // never null in the engine

  bool has_input(int i) const {
    return i >= 0 && i < static_cast<int>(inputs.size()) &&
           inputs[static_cast<size_t>(i)] != nullptr;
  }
  const Value& input(int i) const { return *inputs[static_cast<size_t>(i)]; }
  const Value& output(int i) const { return *outputs[static_cast<size_t>(i)]; }

  // Inputs from `min_inputs` on may be absent; those before may not.
  Status CheckCounts(int min_inputs, int max_inputs, int output_count) const;
  Status CheckInputType(int i, std::initializer_list<Type> supported) const;
  Status CheckOutputType(int i, std::initializer_list<Type> supported) const;
  Status CheckRank(int i, int min_rank, int max_rank) const;
  // Fails when the input's value is not known now; the engine then takes the node for one that each
  // run prepares anew, when it is.
  Status CheckConstant(int i) const;
  // Bit i: CheckConstant(i) failed.
  uint64_t wanted_constants() const { return wanted_constants_; }
  // One positive scale for the whole tensor (the reader has checked the zero point).
  Status CheckQuantized(const Value& value) const;

  // The values of a constant int32 or int64 input.
  Result<std::vector<int64_t>> Integers(int i) const;
  // An axis in [-rank, rank) as one in [0, rank).
  Result<int> Axis(int64_t axis, int rank) const;
  // The activation that the options or a fused node ask for; kTanh and kSignBit are refused.
  Result<kernels::Activation> FusedActivation() const;

  // "input 2" or "output 0", with the tensor's name.
  std::string Describe(const Value& value) const;
  std::string Where() const;
  [[gnu::cold]] tl::unexpected<Error> Fail(Code code, std::string_view what) const;
  [[gnu::cold, gnu::noinline]] tl::unexpected<Error> Invalid(std::string_view what) const {
    return Fail(Code::kInvalidArgument, what);
  }
  [[gnu::cold, gnu::noinline]] tl::unexpected<Error> Unsupported(std::string_view what) const {
    return Fail(Code::kUnimplemented, what);
  }

 private:
  Status CheckType(const Value& value, std::string_view what,
                   std::initializer_list<Type> supported) const;

  const OpDef* op_;
  int index_;
  mutable uint64_t wanted_constants_ = 0;
};

}  // namespace brink::ops

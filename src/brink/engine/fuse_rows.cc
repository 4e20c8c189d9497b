// The pass FuseRows of passes.h. TensorFlow's converter makes of `list[i] = row`, with which loops
// gather what they answer, a concatenation of three parts whose sizes each turn decides:
//   CONCATENATION(SLICE(list, 0, [i, ...]), row, SLICE(list, [i + 1, 0...], -1))
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "brink/engine/passes.h"
#include "brink/ops/quantized.h"

namespace brink::engine {
namespace {

constexpr int32_t kAddCode = 0;  // BuiltinOperator of schema.fbs
constexpr int32_t kConcatenationCode = 2;
constexpr int32_t kReshapeCode = 22;
constexpr int32_t kSliceCode = 65;

class RowFinder {
 public:
  explicit RowFinder(const WorkGraph& graph) : graph_(graph), maker_(graph.values.size()) {}

  void Add(const WorkNode& node) {
    for (const int output : node.outputs) maker_[static_cast<size_t>(output)] = &node;
  }

  struct Row {
    int list = 0;  // values
    int row = 0;
    int index = 0;
  };

  // What the node writes, if it is such a concatenation of parts that surely fit.
  std::optional<Row> Find(const WorkNode& node) const {
    if (!node.is_deferred || !Is(node, kConcatenationCode, 3)) return std::nullopt;
    const WorkNode* const before = MakerOf(node.inputs[0], kSliceCode, 3);
    const WorkNode* const after = MakerOf(node.inputs[2], kSliceCode, 3);
    if (before == nullptr || after == nullptr || before->inputs[0] != after->inputs[0])
      return std::nullopt;
    const Row found{.list = before->inputs[0], .row = node.inputs[1], .index = 0};
    if (!Fits(node, found)) return std::nullopt;
    const Shape& list = value(found.list).shape;
    const auto [size, sizes] = Joined(before->inputs[2]);
    const auto [begin, begins] = Joined(after->inputs[1]);
    if (!IsNext(begin, size) || !AreSizes(sizes, list) || !AreZeros(begins, list.rank() - 1))
      return std::nullopt;
    const std::span<const int32_t> rest = Integers(after->inputs[2]);
    if (!AreZeros(Integers(before->inputs[1]), list.rank()) || rest.empty() || rest[0] != -1 ||
        !AreSizes(rest.subspan(1), list))
      return std::nullopt;
    return Row{found.list, found.row, size};
  }

 private:
  const ops::Value& value(int index) const { return graph_.values[static_cast<size_t>(index)]; }

  static bool Is(const WorkNode& node, int32_t code, size_t inputs) {
    return node.source->code == code && node.inputs.size() == inputs && node.outputs.size() == 1 &&
           std::ranges::count(node.inputs, model::kAbsent) == 0;
  }

  const WorkNode* MakerOf(int index, int32_t code, size_t inputs) const {
    const WorkNode* const node = maker_[static_cast<size_t>(index)];
    return node != nullptr && Is(*node, code, inputs) ? node : nullptr;
  }

  // Whether types, scales and shapes are those of a list and one of its rows.
  bool Fits(const WorkNode& node, const Row& found) const {
    const ops::Value& list = value(found.list);
    const ops::Value& row = value(found.row);
    const ops::Value& output = value(node.outputs[0]);
    if (list.is_dynamic || row.is_dynamic || list.shape.rank() < 2 || TypeBits(list.type) < 8)
      return false;
    Shape wanted = list.shape;
    wanted[0] = 1;
    const int32_t axis = node.source->options.Int32(0);
    const int8_t activation = node.source->options.Int8(1);
    const auto alike = [&](int part) {
      return value(part).type == output.type && ops::SameQuantization(value(part), output);
    };
    return list.type == output.type && ops::SameQuantization(list, output) &&
           std::ranges::all_of(node.inputs, alike) && row.shape == wanted &&
           (axis == 0 || axis == -list.shape.rank()) && activation == 0 &&
           node.following == kernels::Activation::kNone;
  }

  // A constant's numbers; none of what is no INT32 constant.
  std::span<const int32_t> Integers(int index) const {
    const ops::Value& constant = value(index);
    if (!constant.is_constant || constant.type != Type::kInt32) return {};
    return constant.as<int32_t>();
  }

  static bool AreZeros(std::span<const int32_t> numbers, int count) {
    return numbers.size() == static_cast<size_t>(count) &&
           std::ranges::count(numbers, 0) == std::ssize(numbers);
  }

  // Whether SLICE takes all of the list's axes but the first, which -1 says too.
  static bool AreSizes(std::span<const int32_t> sizes, const Shape& list) {
    const auto is_all = [](int32_t size, int64_t extent) { return size == -1 || size == extent; };
    return std::ranges::equal(sizes, list.dims().subspan(1), is_all);
  }

  // The scalar INT32 that is a vector's first number, and the others, which are constants;
  // model::kAbsent of other vectors.
  std::pair<int, std::span<const int32_t>> Joined(int vector) const {
    const std::pair<int, std::span<const int32_t>> none{model::kAbsent, {}};
    const WorkNode* const joined = MakerOf(vector, kConcatenationCode, 2);
    if (joined == nullptr) return none;
    const WorkNode* const reshaped = MakerOf(joined->inputs[0], kReshapeCode, 2);
    if (reshaped == nullptr) return none;
    const ops::Value& first = value(reshaped->inputs[0]);
    if (first.is_dynamic || first.type != Type::kInt32 || first.shape.elements() != 1) return none;
    return {reshaped->inputs[0], Integers(joined->inputs[1])};
  }

  // Whether `next` is `index` + 1.
  bool IsNext(int next, int index) const {
    if (next == model::kAbsent || index == model::kAbsent) return false;
    const WorkNode* const sum = MakerOf(next, kAddCode, 2);
    if (sum == nullptr || sum->following != kernels::Activation::kNone ||
        sum->source->options.Int8(0) != 0 || std::ranges::count(sum->inputs, index) != 1)
      return false;
    const int other = sum->inputs[0] == index ? sum->inputs[1] : sum->inputs[0];
    return std::ranges::equal(Integers(other), std::array{1});
  }

  const WorkGraph& graph_;
  std::vector<const WorkNode*> maker_;
};

ops::Run WriteRow(const Shape& list, size_t bytes) {
  const int64_t rows = list[0];
  return [rows, bytes, row_bytes = rows == 0 ? 0 : bytes / static_cast<size_t>(rows)](
             const ops::Buffers& b) -> Status {
    const int64_t index = b.in<int32_t>(2)[0];
    if (index < 0 || index >= rows) {
      return Fail(Code::kOutOfRange,
                  "row " + std::to_string(index) + " of " + std::to_string(rows));
    }
    const size_t begin = static_cast<size_t>(index) * row_bytes;
    const size_t end = begin + row_bytes;
    std::memcpy(b.outputs[0], b.inputs[0], begin);
    std::memcpy(b.outputs[0] + begin, b.inputs[1], row_bytes);
    std::memcpy(b.outputs[0] + end, b.inputs[0] + end, bytes - end);
    return {};
  };
}

}  // namespace

void FuseRows(WorkGraph& graph) {
  RowFinder finder(graph);
  for (WorkNode& node : graph.nodes) {
    if (const auto found = finder.Find(node)) {
      const ops::Value& list = graph.values[static_cast<size_t>(found->list)];
      ops::Value& output = graph.values[static_cast<size_t>(node.outputs[0])];
      output.shape = list.shape;
      output.is_dynamic = false;
      node.inputs = {found->list, found->row, found->index};
      node.is_deferred = false;
      node.prepared = {.shapes = {list.shape},
                       .kernel = "row",
                       .run = WriteRow(list.shape, static_cast<size_t>(list.bytes()))};
    }
    finder.Add(node);
  }
}

}  // namespace brink::engine

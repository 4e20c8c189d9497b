// UNIQUE: the different elements of a vector in the order of their first appearance, and for each
// element which of them it is; {idx_out_type}.
#include <map>

#include "brink/ops/of_type.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

template <class Index>
Tensor Numbers(const std::vector<int64_t>& numbers) {
  const std::vector<Index> narrow(numbers.begin(), numbers.end());
  return Tensor::Of<Index>({static_cast<int64_t>(numbers.size())}, narrow);
}

template <class T>
Prepared Known(const NodeView& node) {
  std::map<T, int64_t> seen;
  std::vector<T> different;
  std::vector<int64_t> which;
  for (const T value : node.input(0).as<T>()) {
    const auto [place, is_new] = seen.emplace(value, static_cast<int64_t>(different.size()));
    if (is_new) different.push_back(value);
    which.push_back(place->second);
  }
  const Shape shape = {static_cast<int64_t>(different.size())};
  Prepared prepared{.shapes = {shape, node.input(0).shape}, .kernel = "known"};
  prepared.known.push_back(Tensor::Of<T>(shape, different));
  prepared.known.push_back(node.output(1).type == Type::kInt32 ? Numbers<int32_t>(which)
                                                               : Numbers<int64_t>(which));
  return prepared;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 2));
  BRINK_TRY(node.CheckInputType(
      0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16, Type::kInt32, Type::kInt64}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_TRY(node.CheckOutputType(1, {Type::kInt32, Type::kInt64}));
  BRINK_TRY(node.CheckRank(0, 1, 1));
  BRINK_TRY(node.CheckConstant(0));
  return OfType(node.input(0).type, [&]<class T>(T) { return Known<T>(node); });
}

}  // namespace

extern const OpDef kUnique{.name = "UNIQUE",
                           .code = 103,
                           .max_version = 1,
                           .types = "i32 i64",
                           .kernels = "known",
                           .prepare = Prepare};

}  // namespace brink::ops

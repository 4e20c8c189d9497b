#include "brink/ops/comparison.h"

#include <memory>

#include "brink/ops/binary.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

using kernels::Comparison;

template <class T>
Run CompareRun(Comparison comparison, const kernels::Broadcast& broadcast) {
  return [comparison, broadcast](const Buffers& b) {
    kernels::Compare<T>(comparison, broadcast, {b.in<T>(0), b.in<T>(1), b.out<uint8_t>(0)},
                        b.parallel);
  };
}

Run RunOfType(Type type, Comparison comparison, const kernels::Broadcast& broadcast) {
  switch (type) {
    case Type::kFloat32:
      return CompareRun<float>(comparison, broadcast);
    case Type::kInt8:
      return CompareRun<int8_t>(comparison, broadcast);
    case Type::kUInt8:
    case Type::kBool:
      return CompareRun<uint8_t>(comparison, broadcast);
    case Type::kInt16:
      return CompareRun<int16_t>(comparison, broadcast);
    case Type::kInt32:
      return CompareRun<int32_t>(comparison, broadcast);
    case Type::kUInt32:
      return CompareRun<uint32_t>(comparison, broadcast);
    default:
      return CompareRun<int64_t>(comparison, broadcast);
  }
}

// An input as 32-bit fixed point with 8 more bits. Source: TFLite comparisons.cc.
class Scaling {
 public:
  explicit Scaling(kernels::Affine affine)
      : affine_(affine),
        multiplier_(kernels::QuantizeMultiplier(static_cast<double>(affine.scale))) {}

  int32_t operator()(int32_t stored) const {
    return kernels::MultiplyByMultiplier((stored - affine_.zero_point) * (1 << 8), multiplier_);
  }
  template <class T>
  void operator()(const T* input, int32_t* output, int64_t count) const {
    for (int64_t i = 0; i < count; ++i) output[i] = (*this)(int32_t{input[i]});
  }

 private:
  kernels::Affine affine_;
  kernels::Multiplier multiplier_;
};

struct Scaled {
  Comparison comparison;
  kernels::Broadcast broadcast;
  Scaling a;
  Scaling b;
  int64_t a_count;
  int64_t b_count;
};

// Of 16 bits.
Run ScaledRun(const Scaled& s) {
  return [s](const Buffers& b) {
    auto* a_values = reinterpret_cast<int32_t*>(b.scratch);
    int32_t* b_values = a_values + s.a_count;
    s.a(b.in<int16_t>(0), a_values, s.a_count);
    s.b(b.in<int16_t>(1), b_values, s.b_count);
    kernels::Compare<int32_t>(s.comparison, s.broadcast, {a_values, b_values, b.out<uint8_t>(0)},
                              b.parallel);
  };
}

// Of bytes, each of which is scaled once for all.
Run RanksRun(const Scaled& s, Type type) {
  kernels::PairOfRanks ranks;
  for (int32_t i = 0; i < 256; ++i) {
    const int32_t stored = type == Type::kInt8 ? static_cast<int8_t>(i) : i;
    ranks.a[static_cast<size_t>(i)] = s.a(stored);
    ranks.b[static_cast<size_t>(i)] = s.b(stored);
  }
  return [ranks, comparison = s.comparison, broadcast = s.broadcast](const Buffers& b) {
    kernels::CompareRanks(comparison, broadcast,
                          {b.in<uint8_t>(0), b.in<uint8_t>(1), b.out<uint8_t>(0)}, ranks,
                          b.parallel);
  };
}

Result<Prepared> PrepareScaled(const NodeView& node, Comparison comparison, Prepared prepared,
                               const kernels::Broadcast& broadcast) {
  BRINK_ASSIGN(const kernels::Affine a, AffineOf(node, node.input(0)));
  BRINK_ASSIGN(const kernels::Affine b, AffineOf(node, node.input(1)));
  const Scaled scaled{comparison,
                      broadcast,
                      Scaling(a),
                      Scaling(b),
                      node.input(0).shape.elements(),
                      node.input(1).shape.elements()};
  prepared.kernel = "quantised";
  if (IsByte(node.input(0).type)) {
    prepared.run = RanksRun(scaled, node.input(0).type);
    return prepared;
  }
  prepared.scratch_bytes = static_cast<size_t>(scaled.a_count + scaled.b_count) * sizeof(int32_t);
  prepared.run = ScaledRun(scaled);
  return prepared;
}

}  // namespace

Result<Prepared> PrepareComparison(const NodeView& node, Comparison comparison) {
  BRINK_ASSIGN(const Pair pair, ReadPair(node));
  const bool is_equality = comparison == Comparison::kEqual || comparison == Comparison::kNotEqual;
  const Type type = node.input(0).type;
  if (!(is_equality && type == Type::kBool)) {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16,
                                      Type::kInt32, Type::kUInt32, Type::kInt64}));
  }
  BRINK_TRY(node.CheckOutputType(0, {Type::kBool}));
  Prepared prepared{.shapes = {pair.shape}, .kernel = "compare"};
  const bool is_small = IsByte(type) || type == Type::kInt16;
  if (is_small && !SameQuantization(node.input(0), node.input(1)))
    return PrepareScaled(node, comparison, std::move(prepared), pair.broadcast);
  prepared.run = RunOfType(type, comparison, pair.broadcast);
  return prepared;
}

Result<Prepared> PrepareLogic(const NodeView& node, kernels::Logic logic) {
  BRINK_ASSIGN(const Pair pair, ReadPair(node));
  BRINK_TRY(node.CheckInputType(0, {Type::kBool}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kBool}));
  return Prepared{.shapes = {pair.shape},
                  .kernel = "bool",
                  .run =
                      [logic, broadcast = pair.broadcast](const Buffers& b) {
                        kernels::Combine(logic, broadcast,
                                         {b.in<uint8_t>(0), b.in<uint8_t>(1), b.out<uint8_t>(0)},
                                         b.parallel);
                      },
                  .overwritable = pair.overwritable};
}

}  // namespace brink::ops

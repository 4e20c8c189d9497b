// MULTINOMIAL: logits [batch, classes] and how many to draw -> classes [batch, draws].
#include <algorithm>
#include <cmath>
#include <limits>

#include "brink/ops/movement.h"
#include "brink/ops/random_source.h"

namespace brink::ops {
namespace {

struct Draws {
  int64_t batch = 0;
  int64_t classes = 0;
  int64_t count = 0;  // of each row

  // TensorFlow moves on in its stream by this, which is more than it draws.
  uint64_t Blocks() const {
    constexpr uint64_t kSpare = 2 * 256;
    return static_cast<uint64_t>(batch) * static_cast<uint64_t>((count + 3) / 4 * 4) * kSpare;
  }
};

// Sums of the classes' odds up to each; a logit that is no finite number has none.
void SumOdds(const float* logits, int64_t classes, double* sums) {
  float most = std::numeric_limits<float>::lowest();
  for (int64_t i = 0; i < classes; ++i) {
    if (std::isfinite(logits[i])) most = std::max(most, logits[i]);
  }
  double sum = 0;
  for (int64_t i = 0; i < classes; ++i) {
    if (std::isfinite(logits[i]))
      sum += std::exp(static_cast<double>(logits[i]) - static_cast<double>(most));
    sums[i] = sum;
  }
}

template <class Index>
Run DrawRun(const Draws& d, std::shared_ptr<RandomSource> source) {
  return [d, source = std::move(source)](const Buffers& b) -> Status {
    auto* sums = reinterpret_cast<double*>(b.scratch);
    const uint64_t first = source->Take(d.Blocks());
    std::array<uint32_t, 4> block{};
    for (int64_t row = 0; row < d.batch; ++row) {
      SumOdds(b.in<float>(0) + row * d.classes, d.classes, sums);
      const double all = sums[d.classes - 1];
      if (all == 0) return Fail(Code::kInvalidArgument, "input 0: a row without a finite number");
      for (int64_t i = 0; i < d.count; ++i) {
        const int64_t draw = row * d.count + i;
        if (draw % 2 == 0) block = source->stream().Block(first + static_cast<uint64_t>(draw / 2));
        const auto half = static_cast<size_t>(draw % 2 * 2);
        const double at = kernels::UniformDouble(block[half], block[half + 1]) * all;
        b.out<Index>(0)[draw] =
            static_cast<Index>(std::upper_bound(sums, sums + d.classes, at) - sums);
      }
    }
    return {};
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  constexpr int64_t kMostClasses = std::numeric_limits<int32_t>::max();
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckInputType(1, {Type::kInt32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt32, Type::kInt64}));
  BRINK_TRY(node.CheckRank(0, 2, 2));
  BRINK_ASSIGN(const std::vector<int64_t> count, node.Integers(1));
  const Shape& logits = node.input(0).shape;
  if (count.size() != 1 || count[0] < 0) return node.Invalid("input 1: wanted a number of draws");
  if (logits[1] < 1 || logits[1] > kMostClasses)
    return node.Invalid("input 0: " + std::to_string(logits[1]) + " classes");
  const Draws draws{.batch = logits[0], .classes = logits[1], .count = count[0]};
  BRINK_ASSIGN(const Shape shape, CheckedShape(node, {draws.batch, draws.count}));
  return Prepared{.shapes = {shape},
                  .kernel = "philox",
                  .scratch_bytes = static_cast<size_t>(draws.classes) * sizeof(double),
                  .run = node.output(0).type == Type::kInt32
                             ? DrawRun<int32_t>(draws, RandomSourceOf(node))
                             : DrawRun<int64_t>(draws, RandomSourceOf(node))};
}

}  // namespace

extern const OpDef kMultinomial{.name = "MULTINOMIAL",
                                .code = 149,
                                .foldable = false,
                                .types = "f32",
                                .kernels = "philox",
                                .prepare = Prepare};

}  // namespace brink::ops

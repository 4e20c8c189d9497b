#include "brink/ops/random_source.h"

#include <random>

namespace brink::ops {
namespace {

uint64_t Unpredictable() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

// LiteRT keeps 32 bits of a seed.
uint64_t Seed(const NodeView& node, int field) {
  return static_cast<uint64_t>(int64_t{static_cast<int32_t>(node.options.Int64(field))});
}

}  // namespace

RandomSource::RandomSource(const NodeView& node)
    : stream_{.seed = Seed(node, 0), .seed2 = Seed(node, 1)} {
  if (stream_.seed == 0 && stream_.seed2 == 0) stream_ = {Unpredictable(), Unpredictable()};
}

std::shared_ptr<RandomSource> RandomSourceOf(const NodeView& node) {
  return std::make_shared<RandomSource>(node);
}

}  // namespace brink::ops

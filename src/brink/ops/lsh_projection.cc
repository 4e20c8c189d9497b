// LSH_PROJECTION: bits that are alike for alike inputs (locality-sensitive hashing). Each number of
// input 0 [hashes, bits] is a seed: a bit is whether the fingerprints of the seed with each slice
// of input 1, weighted by input 2, add up to more than nothing. Dense: the bits; sparse: one number
// a hash, its bits after the first of them.
#include <cstring>
#include <vector>

#include "brink/ops/fingerprint64.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

enum Form : int8_t { kSparse = 1, kDense = 2 };  // LSHProjectionType of schema.fbs

struct Projection {
  int64_t hashes = 0;
  int64_t bits = 0;
  int64_t items = 0;
  size_t item_bytes = 0;
  bool weighted = false;
};

bool Bit(const Projection& p, const Buffers& b, float seed, std::vector<std::byte>& key) {
  std::memcpy(key.data(), &seed, sizeof(seed));
  double sum = 0;
  for (int64_t i = 0; i < p.items; ++i) {
    std::memcpy(key.data() + sizeof(seed), b.inputs[1] + static_cast<size_t>(i) * p.item_bytes,
                p.item_bytes);
    const auto fingerprint = static_cast<double>(static_cast<int64_t>(Fingerprint64(key)));
    sum += p.weighted ? static_cast<double>(b.in<float>(2)[i]) * fingerprint : fingerprint;
  }
  return sum > 0;
}

void Dense(const Projection& p, const Buffers& b) {
  std::vector<std::byte> key(sizeof(float) + p.item_bytes);
  for (int64_t i = 0; i < p.hashes * p.bits; ++i) {
    b.out<int32_t>(0)[i] = Bit(p, b, b.in<float>(0)[i], key) ? 1 : 0;
  }
}

void Sparse(const Projection& p, const Buffers& b) {
  std::vector<std::byte> key(sizeof(float) + p.item_bytes);
  for (int64_t i = 0; i < p.hashes; ++i) {
    uint32_t signature = 0;
    for (int64_t j = 0; j < p.bits; ++j) {
      signature = signature << 1 | (Bit(p, b, b.in<float>(0)[i * p.bits + j], key) ? 1U : 0U);
    }
    signature += static_cast<uint32_t>(static_cast<uint64_t>(i) << p.bits);
    b.out<int32_t>(0)[i] = static_cast<int32_t>(signature);
  }
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 3, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt32}));
  BRINK_TRY(node.CheckRank(0, 2, 2));
  BRINK_TRY(node.CheckRank(1, 1, Shape::kMaxRank));
  BRINK_ASSIGN(const size_t element, ElementBytes(node, node.input(1)));
  const Shape& hash = node.input(0).shape;
  const Shape& input = node.input(1).shape;
  if (hash[1] > 32)
    return node.Invalid("input 0: " + std::to_string(hash[1]) + " bits, at most 32");
  Projection p{.hashes = hash[0], .bits = hash[1], .items = input[0], .item_bytes = element};
  for (int i = 1; i < input.rank(); ++i) p.item_bytes *= static_cast<size_t>(input[i]);
  p.weighted = node.has_input(2);
  if (p.weighted) {
    BRINK_TRY(node.CheckInputType(2, {Type::kFloat32}));
    BRINK_TRY(node.CheckRank(2, 1, 1));
    if (node.input(2).shape[0] != p.items)
      return node.Invalid("input 2: wanted " + std::to_string(p.items) + " weights, got " +
                          std::to_string(node.input(2).shape[0]));
  }
  const int8_t form = node.options.Int8(0);
  if (form != kSparse && form != kDense)
    return node.Invalid("type " + std::to_string(form) + ", wanted 1 (sparse) or 2 (dense)");
  Prepared prepared{.shapes = {{form == kDense ? p.hashes * p.bits : p.hashes}},
                    .kernel = "fingerprint"};
  if (form == kDense) {
    prepared.run = [p](const Buffers& b) { Dense(p, b); };
  } else {
    prepared.run = [p](const Buffers& b) { Sparse(p, b); };
  }
  return prepared;
}

}  // namespace

extern const OpDef kLshProjection{.name = "LSH_PROJECTION",
                                  .code = 15,
                                  .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                  .kernels = "fingerprint",
                                  .prepare = Prepare};

}  // namespace brink::ops

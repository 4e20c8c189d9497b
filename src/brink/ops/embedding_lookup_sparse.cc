// EMBEDDING_LOOKUP_SPARSE: EmbeddingLookupSparseOptions {combiner}: 0 sum, 1 mean, 2 sum over the
// root of the squared weights. Inputs: ids [n], their places [n, rank], the places' shape [rank],
// weights [n], rows [rows, width...]. The rows of ids whose places differ in the last axis alone
// are combined; output [places without the last axis, width...].
#include <algorithm>
#include <cmath>

#include "brink/ops/indices.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

enum class Combiner : int8_t { kSum = 0, kMean = 1, kSqrtn = 2 };

struct Lookup {
  Combiner combiner = Combiner::kSum;
  int64_t count = 0;
  int64_t rank = 1;  // of a place
  std::vector<int64_t> extents;
  int64_t rows = 0;
  int64_t width = 1;
  int64_t buckets = 1;
};

// Where the i-th id is added.
Result<int64_t> BucketOf(const Lookup& lookup, const int32_t* places, int64_t i) {
  int64_t bucket = 0;
  for (int64_t axis = 0; axis + 1 < lookup.rank; ++axis) {
    const int64_t at = places[i * lookup.rank + axis];
    const int64_t extent = lookup.extents[static_cast<size_t>(axis)];
    if (at < 0 || at >= extent) return IndexOutOfRange(at, extent);
    bucket = bucket * extent + at;
  }
  return bucket;
}

// The ids of one bucket that follow each other.
struct Sum {
  int64_t bucket = -1;
  float* output = nullptr;
  float weights = 0;
  float squares = 0;
};

void Add(const Lookup& lookup, const float* row, float weight, Sum& sum) {
  sum.weights += weight;
  sum.squares += weight * weight;
  for (int64_t k = 0; k < lookup.width; ++k) sum.output[k] += row[k] * weight;
}

void Finish(const Lookup& lookup, const Sum& sum) {
  if (sum.bucket < 0 || lookup.combiner == Combiner::kSum) return;
  const float by = lookup.combiner == Combiner::kMean ? sum.weights : std::sqrt(sum.squares);
  for (int64_t k = 0; k < lookup.width; ++k) sum.output[k] /= by;
}

Status Combine(const Lookup& lookup, const Buffers& b) {
  float* output = b.out<float>(0);
  std::fill_n(output, lookup.buckets * lookup.width, 0.0F);
  Sum sum;
  for (int64_t i = 0; i < lookup.count; ++i) {
    const int64_t id = b.in<int32_t>(0)[i];
    if (id < 0 || id >= lookup.rows) return IndexOutOfRange(id, lookup.rows);
    BRINK_ASSIGN(const int64_t bucket, BucketOf(lookup, b.in<int32_t>(1), i));
    if (bucket != sum.bucket) {
      Finish(lookup, sum);
      sum = {.bucket = bucket, .output = output + bucket * lookup.width};
    }
    Add(lookup, b.in<float>(4) + id * lookup.width, b.in<float>(3)[i], sum);
  }
  Finish(lookup, sum);
  return {};
}

Status CheckInputs(const NodeView& node) {
  for (const int i : {0, 1, 2}) BRINK_TRY(node.CheckInputType(i, {Type::kInt32}));
  for (const int i : {3, 4}) BRINK_TRY(node.CheckInputType(i, {Type::kFloat32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckRank(4, 2, Shape::kMaxRank));
  const Shape& ids = node.input(0).shape;
  const Shape& places = node.input(1).shape;
  const Shape& extents = node.input(2).shape;
  const Shape& weights = node.input(3).shape;
  const bool fit = ids.rank() == 1 && weights == ids && places.rank() == 2 && places[0] == ids[0] &&
                   places[1] >= 1 && extents.rank() == 1 && extents[0] == places[1];
  if (fit) return {};
  return node.Invalid("ids " + ids.ToString() + ", places " + places.ToString() +
                      ", a shape of the places " + extents.ToString() + " and weights " +
                      weights.ToString() + " do not fit together");
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(5, 5, 1));
  BRINK_TRY(CheckInputs(node));
  const int8_t combiner = node.options.Int8(0);
  if (combiner < 0 || combiner > 2)
    return node.Invalid("combiner " + std::to_string(combiner) + ", wanted 0, 1 or 2");
  Lookup lookup{.combiner = static_cast<Combiner>(combiner),
                .count = node.input(0).shape[0],
                .rank = node.input(1).shape[1],
                .extents = {},
                .rows = node.input(4).shape[0]};
  BRINK_ASSIGN(lookup.extents, node.Integers(2));
  std::vector<int64_t> dims(lookup.extents.begin(), lookup.extents.end() - 1);
  const std::span<const int64_t> widths = node.input(4).shape.dims().subspan(1);
  dims.insert(dims.end(), widths.begin(), widths.end());
  const Result<Shape> shape = Shape::Make(dims);
  if (!shape) return node.Invalid(shape.error().message);
  if (!shape->known()) return node.Invalid("input 2: a negative extent");
  for (const int64_t width : widths) lookup.width *= width;
  lookup.buckets = lookup.width == 0 ? 0 : shape->elements() / lookup.width;
  return Prepared{.shapes = {*shape},
                  .kernel = "float32",
                  .run = [lookup = std::move(lookup)](const Buffers& b) -> Status {
                    return Combine(lookup, b);
                  }};
}

}  // namespace

extern const OpDef kEmbeddingLookupSparse{.name = "EMBEDDING_LOOKUP_SPARSE",
                                          .code = 33,
                                          .types = "f32",
                                          .kernels = "float32",
                                          .prepare = Prepare};

}  // namespace brink::ops

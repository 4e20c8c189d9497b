// BATCH_MATMUL: BatchMatMulOptions {adj_x, adj_y, asymmetric_quantize_inputs}: [..., rows, depth]
// times [..., depth, columns]; adj_* says that the last two axes of an input are the other way
// round. Leading axes stretch. A product is a fully connected layer whose filter is input 1.
#include <algorithm>

#include "brink/kernels/broadcast.h"
#include "brink/ops/conv_form.h"

namespace brink::ops {
namespace {

constexpr int64_t kMostExtent = int64_t{1} << 28;

struct Product {
  int64_t rows = 1;
  int64_t depth = 1;
  int64_t columns = 1;
  bool x_transposed = false;
  kernels::Broadcast batches;  // strides count matrices
  int64_t y_matrices = 1;
  Shape output;
};

Shape LeadingAxes(const Shape& shape) {
  Shape leading;
  for (int axis = 0; axis + 2 < shape.rank(); ++axis) leading.Append(shape[axis]);
  return leading;
}

// Pairs the matrices of both inputs; sets the output's shape.
Status StretchBatches(const NodeView& node, Product& product) {
  const Shape x_batches = LeadingAxes(node.input(0).shape);
  const Shape y_batches = LeadingAxes(node.input(1).shape);
  const Result<Shape> batches = kernels::BroadcastShape(x_batches, y_batches);
  if (!batches) return node.Invalid(batches.error().message);
  product.output = *batches;
  if (batches->rank() + 2 > Shape::kMaxRank) return node.Unsupported("more than 8 dimensions");
  product.output.Append(product.rows);
  product.output.Append(product.columns);
  product.y_matrices = y_batches.elements();
  product.batches = kernels::MakeBroadcast(x_batches, y_batches);
  // Rows of all batches are one matrix where they see the same one.
  if (product.y_matrices == 1 && !product.x_transposed &&
      product.rows * x_batches.elements() <= kMostExtent) {
    product.rows *= x_batches.elements();
    product.batches = kernels::MakeBroadcast({}, {});
  }
  return {};
}

Result<Product> ReadProduct(const NodeView& node) {
  BRINK_TRY(node.CheckRank(0, 2, Shape::kMaxRank));
  BRINK_TRY(node.CheckRank(1, 2, Shape::kMaxRank));
  const Shape& x = node.input(0).shape;
  const Shape& y = node.input(1).shape;
  Product product{.x_transposed = node.options.Bool(0)};
  const bool y_transposed = node.options.Bool(1);
  const int64_t x_inner = x[x.rank() - 1];
  const int64_t x_outer = x[x.rank() - 2];
  const int64_t y_inner = y[y.rank() - 1];
  const int64_t y_outer = y[y.rank() - 2];
  product.rows = product.x_transposed ? x_inner : x_outer;
  product.depth = product.x_transposed ? x_outer : x_inner;
  product.columns = y_transposed ? y_outer : y_inner;
  if (product.depth != (y_transposed ? y_inner : y_outer)) {
    return node.Invalid("a product of " + x.ToString() + " and " + y.ToString() +
                        (product.x_transposed ? ", the first transposed" : "") +
                        (y_transposed ? ", the second transposed" : ""));
  }
  for (const int64_t extent : {product.rows, product.depth, product.columns}) {
    if (extent >= 1 && extent <= kMostExtent) continue;
    return node.Invalid("a product of " + x.ToString() + " and " + y.ToString() +
                        " is out of range");
  }
  BRINK_TRY(StretchBatches(node, product));
  return product;
}

// The matrices of a batch.
struct Pair {
  int64_t x = 0;
  int64_t y = 0;
};

Pair PairOf(const kernels::Broadcast& batches, int64_t index) {
  Pair pair;
  for (int axis = batches.rank - 1; axis >= 0; --axis) {
    const auto i = static_cast<size_t>(axis);
    const int64_t here = index % batches.extents[i];
    index /= batches.extents[i];
    pair.x += here * batches.a_strides[i];
    pair.y += here * batches.b_strides[i];
  }
  return pair;
}

// [depth, rows] to [rows, depth], by tiles that stay in the first cache.
template <class T>
void Transpose(const Product& p, const T* from, T* to) {
  constexpr int64_t kTile = 16;
  for (int64_t row = 0; row < p.rows; row += kTile) {
    for (int64_t k = 0; k < p.depth; k += kTile) {
      for (int64_t r = row; r < std::min(row + kTile, p.rows); ++r) {
        for (int64_t d = k; d < std::min(k + kTile, p.depth); ++d) {
          to[r * p.depth + d] = from[d * p.rows + r];
        }
      }
    }
  }
}

// Everything a run needs; scratch is the kernel's, then a transposed x, then packed weights. Of as
// many threads as multiply pairs of their own, each has such.
struct Plan {
  Product product;
  AnyConv conv;
  std::shared_ptr<const ConvForm> form;
  size_t element_bytes = 4;  // of x and the output
  size_t filter_bytes = 4;   // of an element of y, as the kernels take it
  size_t transposed_at = 0;
  size_t packed_at = 0;
  size_t room_bytes = 0;
  bool apart = false;

  size_t PackedStep() const { return ScratchAligned(conv.packed_bytes); }
  size_t FilterStep() const {
    return static_cast<size_t>(product.depth * product.columns) * filter_bytes;
  }
};

const std::byte* RowsOf(const Plan& plan, const std::byte* x, std::byte* scratch) {
  if (!plan.product.x_transposed) return x;
  std::byte* to = scratch + plan.transposed_at;
  if (plan.element_bytes == 4) {
    Transpose(plan.product, reinterpret_cast<const float*>(x), reinterpret_cast<float*>(to));
  } else if (plan.element_bytes == 2) {
    Transpose(plan.product, reinterpret_cast<const int16_t*>(x), reinterpret_cast<int16_t*>(to));
  } else {
    Transpose(plan.product, x, to);
  }
  return to;
}

struct PairRange {
  int64_t first = 0;
  int64_t last = 0;
};

// Multiplies some pairs; weights(y matrix) gives packed ones.
template <class Weights>
void Multiply(const Plan& plan, const Buffers& b, PairRange pairs, Weights weights) {
  const Product& p = plan.product;
  const size_t x_step = static_cast<size_t>(p.rows * p.depth) * plan.element_bytes;
  const size_t out_step = static_cast<size_t>(p.rows * p.columns) * plan.element_bytes;
  for (int64_t i = pairs.first; i < pairs.last; ++i) {
    const Pair pair = PairOf(p.batches, i);
    const std::byte* x =
        RowsOf(plan, b.inputs[0] + static_cast<size_t>(pair.x) * x_step, b.scratch);
    plan.conv.run({weights(pair.y), x, b.outputs[0] + static_cast<size_t>(i) * out_step, b.scratch,
                   b.parallel});
  }
}

// Whether threads multiply pairs of their own: each packs what it multiplies then, and waits for
// the others but once. Where there are as many for each, and memory for all.
bool AreApart(const Product& p, int threads) {
  constexpr int64_t kLeastMacs = 100'000;  // of a thread: some microseconds
  constexpr int64_t kMostElements = int64_t{1} << 18;
  const int64_t pairs = p.batches.elements();
  return threads > 1 && (pairs % threads == 0 || pairs >= int64_t{4} * threads) &&
         (p.rows + p.columns) * p.depth <= kMostElements &&
         p.rows * p.depth * p.columns >= kLeastMacs / std::max<int64_t>(1, pairs / threads);
}

// Calls multiply(buffers, pairs) for all of them.
template <class Function>
void ForPairs(const Plan& plan, const Buffers& b, Function multiply) {
  const int64_t count = plan.product.batches.elements();
  if (!plan.apart) return multiply(b, PairRange{0, count});
  const int threads = b.parallel.threads;
  const auto parts = static_cast<int>(std::min<int64_t>(count, int64_t{4} * threads));
  b.parallel.For(parts, [&](int part, int thread) {
    Buffers own = b;
    own.scratch += static_cast<size_t>(thread) * plan.room_bytes;
    own.parallel = {};
    multiply(own, PairRange{count * part / parts, count * (part + 1) / parts});
  });
}

// Constant matrices, all packed once.
Packing PackingOf(const Plan& plan) {
  const auto matrices = static_cast<size_t>(plan.product.y_matrices);
  return {
      .bytes = plan.PackedStep() * matrices,
      .write =
          [plan, matrices](std::byte* to, std::byte* scratch) {
            const FilterBytes filter = plan.form->Filter(scratch);
            for (size_t i = 0; i < matrices; ++i) {
              AnyWeights weights = plan.form->WeightsOf(filter);
              weights.filter += i * plan.FilterStep();
              plan.conv.pack(weights, to + i * plan.PackedStep());
            }
          },
      .step =
          [plan](std::shared_ptr<const std::byte> packed) {
            return [plan, packed = std::move(packed)](const Buffers& b) {
              ForPairs(plan, b, [&](const Buffers& own, PairRange pairs) {
                Multiply(plan, own, pairs, [&](int64_t y) {
                  return packed.get() + static_cast<size_t>(y) * plan.PackedStep();
                });
              });
            };
          },
      .scratch_bytes = plan.form->packing_scratch_bytes(),
  };
}

// Matrices known at run time: packed one at a time.
void RunPacking(const Plan& plan, const Buffers& b, PairRange pairs) {
  int64_t packed = -1;
  Multiply(plan, b, pairs, [&](int64_t y) {
    std::byte* to = b.scratch + plan.packed_at;
    if (y != packed) {
      AnyWeights weights = plan.form->WeightsOf(b);
      weights.filter += static_cast<size_t>(y) * plan.FilterStep();
      plan.conv.pack(weights, to);
      packed = y;
    }
    return to;
  });
}

Plan PlanOf(const NodeView& node, const Product& product,
            const std::shared_ptr<const ConvForm>& form) {
  const auto shape = kernels::FullyConnectedProblem(static_cast<int>(product.rows),
                                                    static_cast<int>(product.depth),
                                                    static_cast<int>(product.columns), {})
                         .shape;
  const bool apart = AreApart(product, node.threads);
  Plan plan{.product = product,
            .conv = form->Make(shape, {.threads = apart ? 1 : node.threads}),
            .form = form,
            .element_bytes = static_cast<size_t>(TypeBits(node.input(0).type)) / 8,
            .filter_bytes = form->filter_element_bytes()};
  const auto x_elements = static_cast<size_t>(product.rows * product.depth);
  plan.transposed_at = ScratchAligned(plan.conv.scratch_bytes);
  plan.packed_at = plan.transposed_at;
  if (product.x_transposed) plan.packed_at += ScratchAligned(x_elements * plan.element_bytes);
  plan.apart = apart;
  plan.room_bytes =
      ScratchAligned(plan.packed_at + (form->constant() ? 0 : plan.conv.packed_bytes));
  return plan;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_ASSIGN(const Product product, ReadProduct(node));
  const bool y_transposed = node.options.Bool(1);
  const int y_rank = node.input(1).shape.rank();
  BRINK_ASSIGN(ConvForm form,
               ConvForm::Read(node, {.bias = -1,
                                     .layout = y_transposed ? kernels::FilterLayout::kOhwi
                                                            : kernels::FilterLayout::kHwo,
                                     .filter_axis = y_transposed ? y_rank - 2 : y_rank - 1,
                                     .out_channels = product.columns,
                                     .float_scales = !node.input(1).quantization.per_channel()}));
  const Plan plan = PlanOf(node, product, std::make_shared<const ConvForm>(std::move(form)));
  const auto rooms = static_cast<size_t>(plan.apart ? node.threads : 1);
  Prepared prepared{
      .shapes = {product.output},
      .kernel = plan.conv.kernel,
      .scratch_bytes = plan.room_bytes * rooms,
      .macs = product.rows * product.depth * product.columns * product.batches.elements()};
  if (plan.form->constant()) {
    prepared.packed_inputs = plan.form->packed_inputs();
    prepared.packing = PackingOf(plan);
  } else {
    prepared.run = [plan](const Buffers& b) {
      ForPairs(plan, b, [&](const Buffers& own, PairRange pairs) { RunPacking(plan, own, pairs); });
    };
  }
  return prepared;
}

}  // namespace

extern const OpDef kBatchMatmul{.name = "BATCH_MATMUL",
                                .code = 126,
                                .max_version = 4,
                                .types = "f32 i8 u8 i16; weights i8 i4",
                                .kernels = "16-bit; direct; planar; reference",
                                .prepare = Prepare};

}  // namespace brink::ops

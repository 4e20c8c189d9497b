#include "brink/ops/hybrid.h"

#include <algorithm>
#include <memory>

#include "brink/kernels/block_product.h"
#include "brink/kernels/convert.h"
#include "brink/kernels/hybrid_product.h"
#include "brink/ops/conv_form.h"
#include "brink/ops/filter_blocks.h"

namespace brink::ops {
namespace {

struct Hybrid {
  kernels::HybridProblem problem;
  std::vector<float> scales;
  bool has_bias = false;
};

void RunHybrid(const Hybrid& hybrid, const std::byte* packed, const Buffers& b) {
  kernels::HybridProduct(hybrid.problem,
                         {.input = b.in<float>(0),
                          .packed = packed,
                          .bias = hybrid.has_bias ? b.in<float>(2) : nullptr,
                          .output = b.out<float>(0),
                          .scratch = b.scratch},
                         b.parallel);
}

void PackFilter(const Value& filter, const Hybrid& hybrid, std::byte* to) {
  const auto* weights = reinterpret_cast<const int8_t*>(filter.data.data());
  std::vector<int8_t> bytes;
  if (filter.type != Type::kInt8) {
    bytes.resize(static_cast<size_t>(filter.shape.elements()));
    kernels::Convert(filter.type, filter.data.data(), Type::kInt8, bytes.data(),
                     filter.shape.elements(), {});
    weights = bytes.data();
  }
  kernels::PackHybrid(hybrid.problem, {weights, hybrid.scales}, to);
}

Packing PackingOf(const Value& filter, const std::shared_ptr<const Hybrid>& hybrid) {
  return {
      .bytes = kernels::HybridPackedBytes(hybrid->problem),
      .write = [filter, hybrid](std::byte* to,
                                std::byte* /*scratch*/) { PackFilter(filter, *hybrid, to); },
      .step =
          [hybrid](std::shared_ptr<const std::byte> packed) {
            return [hybrid, packed = std::move(packed)](const Buffers& b) {
              RunHybrid(*hybrid, packed.get(), b);
            };
          },
      .recipe = RecipeOf(hybrid->problem.rows, hybrid->problem.columns, hybrid->problem.units,
                         hybrid->problem.asymmetric),
  };
}

Result<std::shared_ptr<const Hybrid>> ReadHybrid(const NodeView& node, int64_t rows,
                                                 bool asymmetric) {
  const Value& filter = node.input(1);
  auto hybrid = std::make_shared<Hybrid>();
  BRINK_ASSIGN(hybrid->has_bias, HasHybridBias(node));
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  const auto scales = filter.quantization.scale;
  hybrid->scales.assign(scales.begin(), scales.end());
  hybrid->problem = {.rows = static_cast<int>(rows),
                     .columns = static_cast<int>(filter.shape.elements() / filter.shape[0]),
                     .units = static_cast<int>(filter.shape[0]),
                     .asymmetric = asymmetric,
                     .range = kernels::ClampRange(activation)};
  return hybrid;
}

struct BlockHybrid {
  kernels::BlockProblem problem;
  bool has_bias = false;
};

Packing PackingOf(const Value& filter, std::vector<float> scales,
                  const std::shared_ptr<const BlockHybrid>& hybrid) {
  return {
      .bytes = kernels::BlockPackedBytes(hybrid->problem),
      .write =
          [filter, scales = std::move(scales), hybrid](std::byte* to, std::byte* /*scratch*/) {
            const auto* weights = reinterpret_cast<const uint8_t*>(filter.data.data());
            kernels::PackBlocks(hybrid->problem, {weights, scales}, to);
          },
      .step =
          [hybrid](std::shared_ptr<const std::byte> packed) {
            return [hybrid, packed = std::move(packed)](const Buffers& b) {
              kernels::BlockProduct(hybrid->problem,
                                    {.input = b.in<float>(0),
                                     .packed = packed.get(),
                                     .bias = hybrid->has_bias ? b.in<float>(2) : nullptr,
                                     .output = b.out<float>(0),
                                     .scratch = b.scratch},
                                    b.parallel);
            };
          },
  };
}

}  // namespace

Result<bool> HasHybridBias(const NodeView& node) {
  if (!node.has_input(2)) return false;
  BRINK_TRY(node.CheckInputType(2, {Type::kFloat32}));
  const int64_t units = node.input(1).shape[0];
  if (node.input(2).shape.elements() == units) return true;
  return node.Invalid("input 2: a bias of " + std::to_string(node.input(2).shape.elements()) +
                      " values for " + std::to_string(units) + " output channels");
}

bool IsHybridFilter(const Value& input, const Value& filter) {
  const QuantizationView& q = filter.quantization;
  const bool is_stored = filter.type == Type::kInt8 ||
                         (filter.type == Type::kInt4 && filter.is_constant && !filter.data.empty());
  const bool has_scales = q.scale.size() == 1 ||
                          (q.axis == 0 && static_cast<int64_t>(q.scale.size()) == filter.shape[0]);
  return input.type == Type::kFloat32 && is_stored && has_scales && !filter.blocks &&
         std::all_of(q.zero_point.begin(), q.zero_point.end(), [](int64_t z) { return z == 0; });
}

bool IsHybrid(const NodeView& node) { return IsHybridFilter(node.input(0), node.input(1)); }

Result<Prepared> PrepareHybrid(const NodeView& node, int64_t rows, const Shape& output,
                               bool asymmetric) {
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  const Value& filter = node.input(1);
  BRINK_ASSIGN(const std::shared_ptr<const Hybrid> hybrid, ReadHybrid(node, rows, asymmetric));
  Prepared prepared{.shapes = {output},
                    .kernel = "int8 weights",
                    .scratch_bytes = kernels::HybridScratchBytes(hybrid->problem),
                    .macs = rows * filter.shape.elements()};
  if (filter.is_constant) {
    prepared.packed_inputs = uint64_t{1} << 1;
    prepared.packing = PackingOf(filter, hybrid);
    return prepared;
  }
  const size_t start = ScratchAligned(prepared.scratch_bytes);
  prepared.scratch_bytes = start + kernels::HybridPackedBytes(hybrid->problem);
  prepared.run = [hybrid, start](const Buffers& b) {
    kernels::PackHybrid(hybrid->problem, {b.in<int8_t>(1), hybrid->scales}, b.scratch + start);
    RunHybrid(*hybrid, b.scratch + start, b);
  };
  return prepared;
}

bool IsBlockHybrid(const NodeView& node) {
  const Value& filter = node.input(1);
  if (node.input(0).type != Type::kFloat32 || filter.type != Type::kInt4 || !filter.is_constant ||
      filter.data.empty() || !filter.blocks || !filter.blocks->zero_points.empty()) {
    return false;
  }
  const int32_t size = filter.blocks->size;
  return size > 0 && size % kernels::kBlockMultiple == 0 && filter.shape[1] % size == 0;
}

Result<Prepared> PrepareBlockHybrid(const NodeView& node, int64_t rows, const Shape& output) {
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  const Value& filter = node.input(1);
  BRINK_ASSIGN(FilterBlocks blocks, ReadFilterBlocks(node, 1));
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  auto hybrid = std::make_shared<BlockHybrid>();
  BRINK_ASSIGN(hybrid->has_bias, HasHybridBias(node));
  hybrid->problem = {.rows = static_cast<int>(rows),
                     .columns = static_cast<int>(filter.shape[1]),
                     .units = static_cast<int>(filter.shape[0]),
                     .block = static_cast<int>(blocks.size),
                     .range = kernels::ClampRange(activation)};
  Prepared prepared{.shapes = {output},
                    .kernel = "int4 blocks",
                    .scratch_bytes = kernels::BlockScratchBytes(hybrid->problem),
                    .macs = rows * filter.shape.elements(),
                    .packed_inputs = uint64_t{1} << 1};
  prepared.packing = PackingOf(filter, std::move(blocks.scales), hybrid);
  return prepared;
}

}  // namespace brink::ops

// FAKE_QUANT: FakeQuantOptions {min, max, num_bits, narrow_range}; float32, rounded to what so many
// bits would keep of it.
#include <algorithm>
#include <cmath>

#include "brink/ops/op.h"

namespace brink::ops {
namespace {

struct Grid {
  float step = 1;
  float low = 0;
  float high = 0;
};

// The grid of whole steps that has a 0 and is the nearest to [min, max].
// Source: TFLite quantization_util.cc, NudgeQuantizationRange.
Grid GridOf(float min, float max, float least, float most) {
  const float step = (max - min) / (most - least);
  const float zero = std::clamp(std::round(least - min / step), least, most);
  return {.step = step, .low = (least - zero) * step, .high = (most - zero) * step};
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  const float min = node.options.Float(0);
  const float max = node.options.Float(1);
  const int32_t bits = node.options.Int32(2);
  if (bits < 2 || bits > 16) {
    return node.Invalid("num_bits " + std::to_string(bits) + ", wanted 2 to 16");
  }
  if (!(min < max) || !std::isfinite(max - min)) {
    return node.Invalid("a range from " + std::to_string(min) + " to " + std::to_string(max));
  }
  const Grid grid =
      GridOf(min, max, node.options.Bool(3) ? 1 : 0, static_cast<float>((1 << bits) - 1));
  const int64_t count = node.input(0).shape.elements();
  return Prepared{
      .shapes = {node.input(0).shape},
      .kernel = "float32",
      .run =
          [grid, count](const Buffers& b) {
            const float per_step = 1 / grid.step;
            for (int64_t i = 0; i < count; ++i) {
              const float x = std::min(grid.high, std::max(grid.low, b.in<float>(0)[i]));
              b.out<float>(0)[i] = std::round((x - grid.low) * per_step) * grid.step + grid.low;
            }
          },
      .overwritable = 1};
}

}  // namespace

extern const OpDef kFakeQuant{.name = "FAKE_QUANT",
                              .code = 80,
                              .max_version = 2,
                              .types = "f32",
                              .kernels = "float32",
                              .prepare = Prepare};

}  // namespace brink::ops

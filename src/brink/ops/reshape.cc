// RESHAPE: ReshapeOptions {new_shape}, or input 1; one -1 stands for what the others leave.
#include "brink/ops/reshape.h"

#include <algorithm>
#include <cstring>

namespace brink::ops {

Result<Prepared> PrepareReshape(const NodeView& node, const Shape& shape) {
  const Value& input = node.input(0);
  BRINK_TRY(node.CheckOutputType(0, {input.type}));
  if (shape.elements() != input.shape.elements()) {
    return node.Invalid("input 0 of shape " + input.shape.ToString() +
                        " does not make a shape of " + shape.ToString());
  }
  if (input.type == Type::kString) {
    return Prepared{.shapes = {shape},
                    .kernel = "copy",
                    .run = [count = input.shape.elements()](const Buffers& b) {
                      std::copy_n(b.in<std::string>(0), count, b.out<std::string>(0));
                    }};
  }
  const auto bytes = static_cast<size_t>(input.bytes());
  return Prepared{.shapes = {shape},
                  .kernel = "copy",
                  .run =
                      [bytes](const Buffers& b) {
                        if (bytes > 0 && b.outputs[0] != b.inputs[0])
                          std::memcpy(b.outputs[0], b.inputs[0], bytes);
                      },
                  .placements = {{.input = 0, .output = 0, .offset = 0, .output_in_input = true}},
                  .all_in_place = true};
}

namespace {

Result<std::vector<int64_t>> WantedShape(const NodeView& node) {
  if (node.has_input(1)) return node.Integers(1);
  if (!node.options.present()) return node.Invalid("neither a shape input nor a shape option");
  const std::vector<int32_t> dims = node.options.Int32s(0);
  if (dims == std::vector<int32_t>{0})
    return std::vector<int64_t>{};  // how old converters write a scalar
  return std::vector<int64_t>(dims.begin(), dims.end());
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 2, 1));
  BRINK_ASSIGN(std::vector<int64_t> dims, WantedShape(node));
  const auto unknown = std::find(dims.begin(), dims.end(), -1);
  if (unknown != dims.end()) {
    *unknown = 1;
    const Result<Shape> rest = Shape::Make(dims);
    if (!rest) return node.Invalid(rest.error().message);
    const int64_t elements = node.input(0).shape.elements();
    if (!rest->known()) return node.Invalid("a new shape with more than one -1");
    *unknown = rest->elements() == 0 ? 0 : elements / rest->elements();
  }
  const Result<Shape> shape = Shape::Make(dims);
  if (!shape) return node.Invalid(shape.error().message);
  return PrepareReshape(node, *shape);
}

}  // namespace

extern const OpDef kReshape{.name = "RESHAPE",
                            .code = 22,
                            .max_version = 2,
                            .types = "f32 f16 f64 i4 i8 u8 i16 u16 i32 u32 i64 u64 bool c64 string",
                            .kernels = "copy",
                            .prepare = Prepare};

}  // namespace brink::ops

#include "brink/ops/unary.h"

#include <cmath>
#include <memory>
#include <utility>

#include "brink/kernels/full_table.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

Result<Prepared> PrepareShorts(const NodeView& node, const UnaryFunction& function,
                               Prepared prepared) {
  BRINK_ASSIGN(const kernels::Affine from, AffineOf(node, node.input(0)));
  BRINK_ASSIGN(const kernels::Affine to, AffineOf(node, node.output(0)));
  BRINK_ASSIGN(const ShortRun run, function.shorts(from, to));
  prepared.kernel = "16-bit";
  prepared.run = [count = node.input(0).shape.elements(), run](const Buffers& b) {
    run({b.in<int16_t>(0), b.out<int16_t>(0), count}, b.parallel);
  };
  return prepared;
}

template <class Table>
ShortRun TableRun(Table made) {
  return [table = std::make_shared<const Table>(std::move(made))](const auto& arguments,
                                                                  const auto& parallel) {
    kernels::ApplyTable(*table, arguments, parallel);
  };
}

Status CheckNoZeroPoint(const NodeView& node, kernels::Affine input, kernels::Affine output) {
  if (input.zero_point == 0 && output.zero_point == 0) return {};
  return node.Unsupported("INT16 with a zero point that is not 0");
}

auto FloatsOf(kernels::FloatFunction function) {
  return [function](const kernels::UnaryArguments& arguments, const kernels::Parallel& parallel) {
    kernels::MapFloats(function, arguments, parallel);
  };
}

template <class T>
Run IntegerRun(kernels::IntegerFunction function, int64_t count) {
  return [function, count](const Buffers& b) {
    kernels::MapIntegers(function, b.in<T>(0), b.out<T>(0), count, b.parallel);
  };
}

}  // namespace

ByteStep StepOfBytes(const kernels::ByteTable& table,
                     const std::optional<kernels::ByteLines>& lines, int64_t count) {
  if (lines) {
    return {"8-bit lines", [count, lines = *lines](const Buffers& b) {
              kernels::ApplyLines(lines, {b.in<uint8_t>(0), b.out<uint8_t>(0), count}, b.parallel);
            }};
  }
  return {"8-bit table", [count, table](const Buffers& b) {
            kernels::ApplyTable(table, {b.in<uint8_t>(0), b.out<uint8_t>(0), count}, b.parallel);
          }};
}

Result<Prepared> PrepareUnary(const NodeView& node, const UnaryFunction& function) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  const Value& input = node.input(0);
  const int64_t count = input.shape.elements();
  Prepared prepared{.shapes = {input.shape}, .overwritable = 1};
  if (function.shorts) {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16}));
  } else if (function.table) {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8}));
  } else {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  }
  BRINK_TRY(node.CheckOutputType(0, {input.type}));
  if (input.type == Type::kInt16) return PrepareShorts(node, function, std::move(prepared));
  if (input.type == Type::kFloat32) {
    prepared.kernel = "float32";
    prepared.run = [count, floats = function.floats](const Buffers& b) {
      floats({b.in<float>(0), b.out<float>(0), count}, b.parallel);
    };
    return prepared;
  }
  BRINK_ASSIGN(const auto from, QuantizedTypeOf(node, input));
  BRINK_ASSIGN(const auto to, QuantizedTypeOf(node, node.output(0)));
  const kernels::ByteTable table = function.table(from, to);
  std::optional<kernels::ByteLines> lines;
  if (function.slopes)
    lines = kernels::FitLines(table, from.type, to.type, function.slopes(from, to));
  ByteStep step = StepOfBytes(table, lines, count);
  prepared.kernel = std::move(step.kernel);
  prepared.run = std::move(step.run);
  return prepared;
}

Result<Prepared> PrepareClamp(const NodeView& node, kernels::FloatRange range) {
  return PrepareUnary(
      node,
      {.floats = [range](const auto& arguments,
                         const auto& parallel) { kernels::Clamp(range, arguments, parallel); },
       .table =
           [range](kernels::QuantizedType input, kernels::QuantizedType output) {
             return kernels::ClampTable(input, output, range);
           },
       .shorts = [range](kernels::Affine input, kernels::Affine output) -> Result<ShortRun> {
         const auto slopes = kernels::MakeShortClamp(input, output, range);
         return [slopes](const auto& arguments, const auto& parallel) {
           kernels::ApplySlopes(slopes, arguments, parallel);
         };
       }});
}

Status CheckShortUnitScale(const NodeView& node, kernels::Affine input, kernels::Affine output) {
  if (input.zero_point != 0 || output.zero_point != 0) {
    return node.Unsupported("INT16 with a zero point other than 0");
  }
  if (std::abs(std::log2(output.scale) + 15.0F) < 1e-3F) return {};
  return node.Unsupported("output 0: INT16 with scale " + std::to_string(output.scale) +
                          ", wanted 1 / 32768");
}

Result<Prepared> PrepareFloats(const NodeView& node, kernels::FloatFunction function) {
  return PrepareUnary(node, {.floats = FloatsOf(function)});
}

Result<Prepared> PrepareIntegers(const NodeView& node, kernels::IntegerFunction function,
                                 std::initializer_list<Type> types) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, types));
  const Value& input = node.input(0);
  BRINK_TRY(node.CheckOutputType(0, {input.type}));
  const int64_t count = input.shape.elements();
  Prepared prepared{.shapes = {input.shape}, .kernel = "integer", .overwritable = 1};
  switch (input.type) {
    case Type::kInt8:
      prepared.run = IntegerRun<int8_t>(function, count);
      break;
    case Type::kInt16:
      prepared.run = IntegerRun<int16_t>(function, count);
      break;
    case Type::kInt32:
      prepared.run = IntegerRun<int32_t>(function, count);
      break;
    default:
      prepared.run = IntegerRun<int64_t>(function, count);
      break;
  }
  return prepared;
}

UnaryFunction QuantizedFunction(const NodeView& node, kernels::FloatFunction floats,
                                const std::function<RealFunction(Type, kernels::Affine)>& real) {
  return {
      .floats = FloatsOf(floats),
      .table =
          [real](kernels::QuantizedType input, kernels::QuantizedType output) {
            return kernels::FunctionTable(input, output, real(output.type, output.affine));
          },
      .shorts = [real, &node](kernels::Affine input, kernels::Affine output) -> Result<ShortRun> {
        BRINK_TRY(CheckNoZeroPoint(node, input, output));
        return TableRun(kernels::MakeShortTable(input, output, real(Type::kInt16, output)));
      }};
}

UnaryFunction QuantizedExactly(
    const NodeView& node, kernels::FloatFunction floats,
    const std::function<StoredFunction(kernels::Affine, kernels::Affine, Type)>& stored) {
  return {
      .floats = FloatsOf(floats),
      .table =
          [stored](kernels::QuantizedType input, kernels::QuantizedType output) {
            return kernels::StoredTable(input.type, output.type,
                                        stored(input.affine, output.affine, output.type));
          },
      .shorts = [stored, &node](kernels::Affine input, kernels::Affine output) -> Result<ShortRun> {
        BRINK_TRY(CheckNoZeroPoint(node, input, output));
        return TableRun(kernels::MakeFullTable(stored(input, output, Type::kInt16)));
      }};
}

}  // namespace brink::ops

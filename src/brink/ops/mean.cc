// MEAN: of float32 by vectors, of quantised 8 and 16 bits exactly, of INT32 and INT64 cut towards
// 0.
#include "brink/ops/quantized.h"
#include "brink/ops/reduction.h"

namespace brink::ops {
namespace {

template <class T>
Run IntegerRun(const kernels::ReduceProblem& problem) {
  return [problem](const Buffers& b) {
    kernels::IntegerMean<T>(problem, b.in<T>(0), b.out<T>(0),
                            reinterpret_cast<int64_t*>(b.scratch));
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_ASSIGN(const ReducedShape reduced, ReadReduction(node));
  BRINK_TRY(node.CheckInputType(
      0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16, Type::kInt32, Type::kInt64}));
  const Type type = node.input(0).type;
  if (IsByte(type) || type == Type::kInt16)
    return PrepareQuantizedSum(node, kernels::SumKind::kMean);
  const auto& problem = reduced.problem;
  Prepared prepared{.shapes = {reduced.output}};
  if (type == Type::kFloat32) {
    prepared.kernel = "float32";
    prepared.run = [problem](const Buffers& b) {
      kernels::Mean(problem, b.in<float>(0), b.out<float>(0), b.parallel);
    };
    return prepared;
  }
  prepared.kernel = "integer";
  prepared.scratch_bytes = static_cast<size_t>(problem.outputs()) * sizeof(int64_t);
  prepared.run = type == Type::kInt32 ? IntegerRun<int32_t>(problem) : IntegerRun<int64_t>(problem);
  return prepared;
}

}  // namespace

extern const OpDef kMean{.name = "MEAN",
                         .code = 40,
                         .max_version = 3,
                         .types = "f32 i8 u8 i16 i32 i64",
                         .kernels = "float32; integer; quantised",
                         .prepare = Prepare};

}  // namespace brink::ops

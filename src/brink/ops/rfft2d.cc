// RFFT2D: input 1 holds the transform's height and width, powers of two.
#include <bit>
#include <memory>

#include "brink/kernels/rfft.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

struct Plan {
  kernels::RfftProblem problem;
  kernels::Fft rows;
  kernels::Fft columns;
};

bool IsLength(int64_t length) {
  return length >= 1 && length <= (1 << 20) && std::has_single_bit(static_cast<uint64_t>(length));
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kComplex64}));
  BRINK_TRY(node.CheckRank(0, 2, Shape::kMaxRank));
  BRINK_ASSIGN(const std::vector<int64_t> length, node.Integers(1));
  if (length.size() != 2) {
    return node.Invalid("input 1: " + std::to_string(length.size()) +
                        " lengths, wanted height and width");
  }
  if (!IsLength(length[0]) || !IsLength(length[1]) || length[0] * length[1] > (1 << 24)) {
    return node.Unsupported("lengths " + std::to_string(length[0]) + " and " +
                            std::to_string(length[1]) +
                            ", powers of two whose product is at most 2^24 are supported");
  }
  const Shape& input = node.input(0).shape;
  const int rank = input.rank();
  Shape output = input;
  output[rank - 2] = length[0];
  output[rank - 1] = length[1] / 2 + 1;
  const int64_t picture = input[rank - 2] * input[rank - 1];
  const auto plan =
      std::make_shared<const Plan>(Plan{{.batch = picture == 0 ? 0 : input.elements() / picture,
                                         .in_height = input[rank - 2],
                                         .in_width = input[rank - 1]},
                                        kernels::Fft(static_cast<int>(length[1])),
                                        kernels::Fft(static_cast<int>(length[0]))});
  if (picture == 0) return node.Invalid("input 0: shape " + input.ToString() + " is empty");
  return Prepared{
      .shapes = {output},
      .kernel = "radix 2",
      .scratch_bytes = kernels::RfftScratchBytes(plan->rows, plan->columns, node.threads),
      .run = [plan](const Buffers& b) {
        kernels::Rfft2d(plan->problem, plan->rows, plan->columns, b.in<float>(0),
                        b.out<std::complex<float>>(0), b.scratch, b.parallel);
      }};
}

}  // namespace

extern const OpDef kRfft2d{.name = "RFFT2D",
                           .code = 131,
                           .max_version = 1,
                           .types = "f32",
                           .kernels = "radix 2",
                           .prepare = Prepare};

}  // namespace brink::ops

// An inference over REST by the Open Inference Protocol as its client writes and reads it. Tensors
// are lists of JSON or, with the binary tensor data extension, bytes one after the other behind the
// JSON, little-endian. (KServe, "Open Inference Protocol (V2)", "Binary Tensor Data Extension".)
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "brink/api/predictor.h"
#include "brink/base/result.h"
#include "brink/tensor/tensor.h"

namespace brink::protocols::open_inference {

// The header that says how many bytes the JSON head has; without it the body is JSON alone.
inline constexpr char kHeadLength[] = "Inference-Header-Content-Length";

// How tensors go. Not every server has the extension; the protocol itself is kJson.
enum class TensorForm { kBinary, kJson };

struct InferBody {
  std::string bytes;
  size_t head_bytes = 0;  // of them, as the header says it of kBinary
};

// One input, FP32, INT8 or UINT8 (asserted), and the outputs that are wanted.
InferBody EncodeInfer(const api::TensorDescription& input, std::span<const std::byte> elements,
                      std::span<const std::string> outputs, TensorForm form);

// The value of kHeadLength. kDataLoss for what is no number of bytes.
Result<size_t> ParseHeadLength(std::string_view text);

// The wanted outputs of an answer, in the order of `wanted`, whose shapes are the answer's own; an
// output may be binary or a list of JSON ("data"), nested or flat. The answer may be anything:
// kDataLoss says which output is missing, of another datatype than wanted, or of another size than
// its shape.
Result<std::vector<Tensor>> DecodeInfer(std::string_view body, std::optional<size_t> head_bytes,
                                        std::span<const api::TensorDescription> wanted);

}  // namespace brink::protocols::open_inference

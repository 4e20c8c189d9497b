// A model's outputs through its card's decoder, whichever that is.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/vision/card.h"
#include "brink/vision/detection.h"
#include "brink/vision/fill_input.h"
#include "brink/vision/tensor_floats.h"

namespace brink::vision {

struct WantedOutput {
  const char* what = "";  // "decoder.boxes": the card's key
  std::string tensor;     // its name; empty: the model's only output
};

// The tensors that a decoder reads, in the order in which CheckOutputs and ReadOutputs want them.
std::vector<WantedOutput> WantedOutputs(const Decoder& decoder);

// Whether tensors of these shapes are what the card's decoder reads. kFailedPrecondition says what
// was expected. Nothing to check without a decoder.
Status CheckOutputs(const Card& card, std::span<const Shape> outputs);

// What was found, boxes relative to a picture of `width` x `height` that filled an input of size
// `input` by the card; monostate without a decoder. Fails as CheckOutputs does.
Result<Found> ReadOutputs(const Card& card, const InputSize& input, int width, int height,
                          std::span<const TensorFloats> outputs);

// The score below which the decoder tells of nothing; nullptr for one that has none (a classifier).
float* ScoreThreshold(Decoder& decoder);

}  // namespace brink::vision

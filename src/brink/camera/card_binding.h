// A card fitted to a model whose tensors are known by name, datatype and shape alone, as a server
// of the Open Inference Protocol tells of them: no quantisation.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/camera/detector.h"
#include "brink/protocols/open_inference/model_metadata.h"
#include "brink/vision/card.h"
#include "brink/vision/fill_input.h"

namespace brink::camera {

struct CardBinding {
  api::TensorDescription input;  // of one picture: no dimension is open
  vision::InputSize size;
  std::vector<api::TensorDescription> outputs;  // what the decoder reads, in its order
  std::vector<std::string> output_names;        // of `outputs`, each once
};

// kFailedPrecondition or kNotFound name the tensor that does not fit. Dimensions of -1 are one
// picture and the card's width and height. An integer input takes what the card's mean and scale
// give as it is, so they must give its values.
Result<CardBinding> BindCard(const vision::Card& card,
                             const protocols::open_inference::ModelTensors& tensors);

// The picture as the input tensor.
Result<Tensor> FillTensor(const CardBinding& binding, const vision::Card& card,
                          const vision::PixelsView& picture);

// What the outputs, in the order of `binding.outputs`, say of a picture of that size.
// kFailedPrecondition for shapes that the decoder does not take.
Result<vision::Found> ReadTensors(const CardBinding& binding, const vision::Card& card,
                                  const vision::PixelsView& picture, std::span<Tensor> outputs);

}  // namespace brink::camera

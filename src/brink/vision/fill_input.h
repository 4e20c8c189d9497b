// A picture into a model's input tensor: resize, colour order, normalise and quantise in one pass.
#pragma once

#include "brink/base/result.h"
#include "brink/tensor/quantization.h"
#include "brink/tensor/tensor.h"
#include "brink/vision/card.h"
#include "brink/vision/pixels.h"

namespace brink::vision {

// What a picture becomes in the tensor.
struct InputSize {
  int width = 0;
  int height = 0;
  int channels = 0;  // 3, or 1 for grey
};

// Whether a picture can go into such a tensor by such a card, and at which size: [1, height, width,
// channels], or any shape of as many elements when the card states width and height; float32, or
// int8 or uint8 with one scale for all or none. kFailedPrecondition says what the card wants and
// what the tensor is.
Result<InputSize> CheckInput(const InputCard& card, Type type, const Shape& shape,
                             const Quantization& quantization);

// Where a picture of that size comes to lie in the input: all of it, or, with proportions kept, in
// its middle, the scale being the smaller of both sides'.
Region PlaceInInput(const InputCard& card, const InputSize& size, int width, int height);

// Fills `out`: value = (pixel - mean) * scale, for an integer tensor then value / tensor scale +
// zero point, rounded half up and clamped. An integer tensor without quantisation takes the value
// itself. Fails as CheckInput does.
Status FillInput(const PixelsView& picture, const InputCard& card, const Quantization& quantization,
                 TensorView out);

}  // namespace brink::vision

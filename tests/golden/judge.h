// Whether an output agrees with its recordings: the one table of tolerances.
//
// | output                          | rule |
// |---------------------------------|-----------------------------------------------------------------------------------|
// | not quantised integers, bool    | equal to a recording | | float of a float model          |
// RMSE <= 1e-3 of the standard deviation, largest error <= 1e-4 of the range        | | of a
// quantised model            | RMSE to the nearest recording <= the largest between two of them, or
// one step     | | of a single quantised operator  | every element within one step of a recording |
//
// A constant output has no deviation or range: a millionth of the largest value (and 1e-6) stands
// for it.
#pragma once

#include <string>
#include <vector>

#include "brink/tensor/tensor.h"
#include "zoo.h"

namespace brink::golden {

// Empty when the output agrees; else what does not: "RMSE 0.3, allowed 0.1".
std::string Judge(const Case& recorded, const ConstTensorView& output, bool has_scale,
                  const std::vector<Tensor>& recordings);

}  // namespace brink::golden

// Whether an output agrees with its recordings: the one table of tolerances.
//
//   output                          rule
//   not quantised integers, bool    equal to a recording
//   string                          equal to a recording
//   float of a float model          RMSE <= 1e-3 of the standard deviation and
//                                   largest error <= 1e-4 of the range
//   of a quantised model            RMSE to the nearest recording <= the largest between two of
//                                   them, or one step
//   of a single quantised operator  every element within one step of a recording
//
// A constant output has no deviation or range: a millionth of the largest value (and 1e-6) stands
// for it.
#pragma once

#include <string>
#include <vector>

#include "brink/tensor/tensor.h"

namespace brink::verify {

// What decides which rule an output is held to.
struct Rules {
  bool quantised = false;        // the model
  bool single_operator = false;  // the model
  bool has_scale = false;        // the output
};

// How far an output is from the nearest of its recordings.
struct Verdict {
  double rmse = 0;
  double largest_error = 0;
  std::string wrong;  // empty when it agrees; else what does not: "RMSE 0.3, allowed 0.1"
};

Verdict Judge(const Rules& rules, const ConstTensorView& output,
              const std::vector<Tensor>& recordings);

}  // namespace brink::verify

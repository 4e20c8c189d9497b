// ARG_MAX and ARG_MIN along the innermost axis by vectors. Only for this room's sources.
#pragma once

#include <cstdint>

#include "brink/kernels/arg_extremum.h"

namespace brink::kernels {

// One of the two.
struct ArgOutput {
  int32_t* narrow = nullptr;
  int64_t* wide = nullptr;
};

// As ArgExtremum where problem.inner is 1.
void ArgOfRows(Extremum extremum, const ArgProblem& problem, const float* input, ArgOutput output);
void ArgOfRows(Extremum extremum, const ArgProblem& problem, const int8_t* input, ArgOutput output);
void ArgOfRows(Extremum extremum, const ArgProblem& problem, const uint8_t* input,
               ArgOutput output);

}  // namespace brink::kernels

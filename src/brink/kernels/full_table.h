// Functions of 16-bit tensors that must be exact: a table of every result.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "brink/kernels/parallel.h"
#include "brink/kernels/short_functions.h"

namespace brink::kernels {

using FullTable = std::vector<int16_t>;  // [stored value as uint16_t]

// A function of stored values, whose results are clamped to 16 bits.
FullTable MakeFullTable(const std::function<int32_t(int32_t)>& function);

void ApplyTable(const FullTable& table, const ShortArguments& arguments, const Parallel& parallel);

}  // namespace brink::kernels

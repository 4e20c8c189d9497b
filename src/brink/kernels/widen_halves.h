// float16 as models store weights, widened at the pace of memory.
#pragma once

#include <cstdint>

namespace brink::kernels {

// What HalfToFloat makes of each.
void WidenHalves(const uint16_t* halves, float* floats, int64_t count);

}  // namespace brink::kernels

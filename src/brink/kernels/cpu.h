// Which instruction set the kernels use. The best one that the CPU has, unless the environment
// variable BRINK_CPU names a lower one: scalar, sse4, avx2, avx2_vnni (with AVX-VNNI), avx3
// (AVX-512), avx3_dl (with VNNI), neon, neon_dot (with its dot product).
#pragma once

#include <string_view>
#include <vector>

#include "brink/base/result.h"

namespace brink::kernels {

// Whether this CPU has what every kernel of the build needs; without it a kernel ends the process.
Status CheckCpu();

// The target in use: "avx3".
std::string_view CpuTarget();

// Whether the target in use multiplies bytes, four products to a sum: VNNI, NEON's dot product.
bool CpuMultipliesBytes();

// Targets that were compiled and that this CPU has, best first.
std::vector<std::string_view> CpuTargets();

// Bytes of weights that a core reads a microsecond where only the cache or memory that it shares
// with others has them, on the scale of the kernels' costs (kMacsPerMicrosecond). What weighs the
// larger weights of fast convolutions; so plans differ by it, and packed weights are named by it.
double SharedReadRate();

// For tests: uses `target` from now on for kernels chosen and functions called afterwards. Not
// while other threads run kernels. An empty name returns to the default. False when the CPU or the
// build lacks it.
bool ForceCpuTarget(std::string_view target);

}  // namespace brink::kernels

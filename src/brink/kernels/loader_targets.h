// What the program's loader knows of the CPU. kernels/ only.
#pragma once

#include <cstdint>

namespace brink::kernels {

// What hwy::SupportedTargets() finds of targets that are compiled, or 0 where that is not known. It
// asks the CPU some twenty questions, each of which a virtual machine traps: 18 us in all, a fifth
// of what a small model takes to load. glibc's loader has asked them all when the program starts.
int64_t LoaderTargets();

// Whether the CPU has AVX-VNNI beside AVX2, or NEON's dot product (64-bit ARM), which Highway does
// not ask for. False where that is not known.
bool LoaderHasByteProducts();

}  // namespace brink::kernels

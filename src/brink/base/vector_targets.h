// Which of the instruction sets that vector code is compiled for this CPU has. Linked with this
// room, Highway's dispatch (hwy::SupportedTargets, GetChosenTarget, SetSupportedTargetsForTest)
// rests on it.
#pragma once

#include <cstdint>

namespace brink {

// Highway's bits of what the CPU and the system can execute, and of what the whole build is
// compiled for. glibc's loader has asked the CPU when the program started: each of the twenty
// questions takes a virtual machine a microsecond or more.
int64_t CpuVectorTargets();

// Whether the CPU has AVX-VNNI beside AVX2, or NEON's dot product (64-bit ARM), which Highway does
// not ask for.
bool CpuHasByteProducts();

}  // namespace brink

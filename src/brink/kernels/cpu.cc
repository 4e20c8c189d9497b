#include "brink/kernels/cpu.h"

namespace brink::kernels {

std::string_view CpuTarget() { return "scalar"; }
std::vector<std::string_view> CpuTargets() { return {CpuTarget()}; }
bool ForceCpuTarget(std::string_view target) { return target.empty() || target == CpuTarget(); }

}  // namespace brink::kernels

// How many CPUs this process may really use.
#pragma once

#include <string>

namespace brink {

// The CPUs of the affinity mask, limited by the CPU quota of the process's control group and its
// ancestors (version 1 and 2), rounded up; at least 1. Read on each call.
int AvailableCpus();

// The quota alone as CPUs (1.5), or 0 when there is none. `root` stands for "/": tests point it at
// a made-up tree.
double CpuQuota(const std::string& root = "/");

}  // namespace brink

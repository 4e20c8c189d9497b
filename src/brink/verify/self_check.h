// A model without recordings is held to itself: made-up inputs give the same with every
// instruction set of this CPU that brink was built for, with one thread and with several.
#pragma once

#include "brink/verify/check.h"

namespace brink::verify {

// The outputs with the plainest instruction set and one thread are the recordings. Not while other
// threads run models: the instruction set is the process's.
Report CheckAgainstItself(const std::string& path, int threads);

}  // namespace brink::verify

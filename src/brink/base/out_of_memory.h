// Memory that runs out as an error like others. A worker's thread that let it pass would end the
// program, and with it everybody's requests.
#pragma once

#include <new>

#include "brink/base/result.h"

namespace brink {

inline unexpected<Error> OutOfMemory() { return Fail(Code::kUnavailable, "out of memory"); }

// What `make()`, which gives a Result, gives; OutOfMemory() where memory does not suffice for it.
template <class Make>
auto UnlessOutOfMemory(const Make& make) -> decltype(make()) {
  try {
    return make();
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  }
}

}  // namespace brink

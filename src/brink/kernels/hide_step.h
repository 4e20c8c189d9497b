#pragma once

namespace brink::kernels {

// Hides from g++ for 32-bit ARM by how much an address was moved on, after a load there. It would
// compute every address of a loop anew, an instruction each, where a load can move its address on
// itself. Nothing elsewhere: there a load adds an offset for nothing.
template <class T>
inline __attribute__((always_inline)) void HideStep([[maybe_unused]] const T*& address) {
#if defined(__arm__)
  asm("" : "+r"(address));
#endif
}

}  // namespace brink::kernels

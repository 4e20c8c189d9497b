// Arithmetic without subnormal numbers: floats nearer to zero than 1.2e-38 are zero, as operands
// and as results. A trained model may hold weights like that, and on many CPUs each multiplication
// with one costs a hundred others. TensorFlow Lite computes so too.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace brink {

// For the calling thread, while it lives.
class FlushSubnormals {
 public:
  FlushSubnormals() : before_(Control()) { SetControl(before_ | kFlush); }
  ~FlushSubnormals() { SetControl(before_); }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
#if defined(__SSE2__)
  using Word = uint32_t;
  static constexpr Word kFlush = 0x8040;  // MXCSR: flush to zero, denormals are zeros
  static Word Control() { return _mm_getcsr(); }
  static void SetControl(Word word) { _mm_setcsr(word); }
#elif defined(__aarch64__)
  using Word = uint64_t;
  static constexpr Word kFlush = 1U << 24;  // FPCR.FZ
  static Word Control() {
    Word word = 0;
    asm volatile("mrs %0, fpcr" : "=r"(word));
    return word;
  }
  static void SetControl(Word word) { asm volatile("msr fpcr, %0" : : "r"(word)); }
#elif defined(__arm__)
  using Word = uint32_t;
  static constexpr Word kFlush = 1U << 24;  // FPSCR.FZ; NEON always does
  static Word Control() {
    Word word = 0;
    asm volatile("vmrs %0, fpscr" : "=r"(word));
    return word;
  }
  static void SetControl(Word word) { asm volatile("vmsr fpscr, %0" : : "r"(word)); }
#else
  using Word = uint32_t;
  static constexpr Word kFlush = 0;
  static Word Control() { return 0; }
  static void SetControl(Word) {}
#endif

  Word before_;
};

}  // namespace brink

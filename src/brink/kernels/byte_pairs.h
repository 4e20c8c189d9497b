// Whether a source multiplies pairs of bytes by 64-bit ARM without the dot product, see
// byte_pairs-inl.h: included by such sources before Highway, as what they pack then differs from
// what others do in the same namespace, so that they take one of their own.
#pragma once

#if defined(__aarch64__) && !defined(BRINK_BYTE_VARIANT)
#define N_NEON N_NEON_PAIRS
#define BRINK_BYTE_PAIRS 1
#endif

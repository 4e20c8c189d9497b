// Copies of few bytes. Only for this room's sources.
#pragma once

#include <cstddef>
#include <cstring>

namespace brink::kernels {

// Copies kBytes at the begin and at the end of `bytes`, in [kBytes, 2 kBytes].
template <size_t kBytes>
inline void CopyEnds(std::byte* to, const std::byte* from, size_t bytes) {
  std::memcpy(to, from, kBytes);
  std::memcpy(to + bytes - kBytes, from + bytes - kBytes, kBytes);
}

// As memcpy, whose call takes longer than to copy a pixel's channels.
inline void CopyBytes(std::byte* to, const std::byte* from, size_t bytes) {
  if (bytes > 64) {
    std::memcpy(to, from, bytes);
  } else if (bytes > 32) {
    CopyEnds<32>(to, from, bytes);
  } else if (bytes >= 16) {
    CopyEnds<16>(to, from, bytes);
  } else if (bytes >= 8) {
    CopyEnds<8>(to, from, bytes);
  } else if (bytes >= 4) {
    CopyEnds<4>(to, from, bytes);
  } else if (bytes >= 2) {
    CopyEnds<2>(to, from, bytes);
  } else if (bytes == 1) {
    *to = *from;
  }
}

}  // namespace brink::kernels

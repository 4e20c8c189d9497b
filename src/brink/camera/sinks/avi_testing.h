// What tests read an AVI with. Included by tests only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace brink::camera {

// The 32-bit number, little end first, that stands at a byte of an AVI.
inline uint32_t NumberAt(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t k = 0; k < 4; ++k)
    value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes.at(at + k))) << (8 * k);
  return value;
}

}  // namespace brink::camera

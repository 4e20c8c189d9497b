// FarmHash's Fingerprint64 (Geoff Pike, 2014; the variant `na`): the same for the same bytes for
// ever, which models that were trained on hashed features rely on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace brink::ops {

uint64_t Fingerprint64(std::span<const std::byte> bytes);

}  // namespace brink::ops

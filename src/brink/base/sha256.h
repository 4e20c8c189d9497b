// SHA-256 (FIPS 180-4) of bytes, at once or piece by piece. Names models, verifies downloads, keys
// caches.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace brink {

// Feed pieces with Update, then read HexDigest once. Not for two threads at once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(std::span<const std::byte> bytes);
  void Update(std::string_view text);
  // The digest of all that was fed, 64 lower-case hex digits. Ends the use of this object.
  std::string HexDigest();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;  // OpenSSL's SHA256_CTX
};

// The digest of `bytes`, 64 lower-case hex digits.
std::string Sha256Hex(std::span<const std::byte> bytes);

}  // namespace brink

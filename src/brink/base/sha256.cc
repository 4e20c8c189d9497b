#include "brink/base/sha256.h"

// SHA256_Init and its kin lie under OpenSSL's EVP functions, which it would rather have called. But
// those first read its configuration and set up its providers: a millisecond of every start that
// asks for the digest of three lines.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <array>

namespace brink {
namespace {

SHA256_CTX* Context(void* context) { return static_cast<SHA256_CTX*>(context); }

}  // namespace

void Sha256::Free::operator()(void* context) const { delete Context(context); }

Sha256::Sha256() : context_(new SHA256_CTX) { SHA256_Init(Context(context_.get())); }

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(std::span<const std::byte> bytes) {
  SHA256_Update(Context(context_.get()), bytes.data(), bytes.size());
}

void Sha256::Update(std::string_view text) { Update(std::as_bytes(std::span(text))); }

std::string Sha256::HexDigest() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256_Final(digest.data(), Context(context_.get()));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string Sha256Hex(std::span<const std::byte> bytes) {
  Sha256 sha;
  sha.Update(bytes);
  return sha.HexDigest();
}

}  // namespace brink

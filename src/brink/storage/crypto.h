// What servers' credentials need of OpenSSL. storage/ only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "brink/base/result.h"

namespace brink::storage {

// Raw bytes, 32 of them (RFC 2104).
std::string HmacSha256(std::string_view key, std::string_view text);
std::string HexOf(std::string_view bytes);

// RSASSA-PKCS1-v1_5 with SHA-256 by a PEM private key. Errors never show the key.
Result<std::string> SignRs256(const std::string& private_key_pem, std::string_view text);

// Whether `signature` (64 bytes) is ed25519's of `text` by the PEM public key; an error when the
// key cannot be read (RFC 8032).
Result<bool> VerifyEd25519(const std::string& public_key_pem, std::string_view text,
                           std::string_view signature);

// AES-256 in counter mode; nothing when the sizes are wrong.
std::optional<std::string> AesCtr(std::string_view key, std::string_view iv, std::string_view text);

// RFC 4648, section 5, without padding.
std::string Base64Url(std::string_view bytes);

}  // namespace brink::storage

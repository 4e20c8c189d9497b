// Which cipher a download asks for first. storage/ only.
#pragma once

namespace brink::storage {

// Whether this CPU has instructions for AES.
bool HasAesInstructions();

// TLS 1.3's cipher suites (RFC 8446, B.4), best first, as OpenSSL's list of names. OpenSSL's own
// order begins with the 256-bit AES: it costs both ends more and protects a model no better. Where
// no instruction does AES (a Raspberry Pi up to the fourth), ChaCha20 is several times as fast. The
// server may still choose another.
const char* TlsCiphers(bool has_aes_instructions);

}  // namespace brink::storage

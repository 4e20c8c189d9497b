#include "brink/storage/crypto.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <array>
#include <memory>

#include "brink/base/base64.h"

namespace brink::storage {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIO> MemoryOf(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A locked key is no key: nobody is asked for a password.
int NoPassword(char* /*buffer*/, int /*size*/, int /*write*/, void* /*user*/) { return -1; }

}  // namespace

std::string HmacSha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(text), text.size(),
       digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string HexOf(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

Result<std::string> SignRs256(const std::string& private_key_pem, std::string_view text) {
  const Owned<BIO> memory = MemoryOf(private_key_pem);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(memory.get(), nullptr, NoPassword, nullptr));
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) {
    return Fail(Code::kUnauthenticated, "the private key is not an RSA key in PEM");
  }
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  size_t size = 0;
  const bool begun =
      context &&
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, Bytes(text), text.size()) == 1;
  std::string signature(size, '\0');
  if (!begun || EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                               &size, Bytes(text), text.size()) != 1) {
    return Fail(Code::kUnauthenticated, "the private key cannot sign");
  }
  signature.resize(size);
  return signature;
}

Result<bool> VerifyEd25519(const std::string& public_key_pem, std::string_view text,
                           std::string_view signature) {
  const Owned<BIO> memory = MemoryOf(public_key_pem);
  const Owned<EVP_PKEY> key(PEM_read_bio_PUBKEY(memory.get(), nullptr, NoPassword, nullptr));
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_ED25519) {
    return Fail(Code::kInvalidArgument, "the public key is not an ed25519 key in PEM");
  }
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) {
    return Fail(Code::kInternal, "OpenSSL cannot verify ed25519");
  }
  return EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text),
                          text.size()) == 1;
}

std::optional<std::string> AesCtr(std::string_view key, std::string_view iv,
                                  std::string_view text) {
  const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  if (!context || key.size() != 32 || iv.size() != 16) return std::nullopt;
  std::string out(text.size() + 16, '\0');
  int size = 0;
  const bool done =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, Bytes(key), Bytes(iv)) == 1 &&
      EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                        Bytes(text), static_cast<int>(text.size())) == 1;
  if (!done) return std::nullopt;
  out.resize(static_cast<size_t>(size));
  return out;
}

std::string Base64Url(std::string_view bytes) {
  std::string text = base64::Encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

}  // namespace brink::storage

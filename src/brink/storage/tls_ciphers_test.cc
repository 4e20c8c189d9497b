// The order in which a download offers ciphers.
#include "brink/storage/tls_ciphers.h"

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>

namespace brink::storage {
namespace {

using testing::ElementsAre;

std::vector<std::string> Understood(const char* list) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  SSL_CTX_set_cipher_list(context.get(), "");
  EXPECT_EQ(SSL_CTX_set_ciphersuites(context.get(), list), 1);
  std::vector<std::string> names;
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
    const std::string name = SSL_CIPHER_get_name(cipher);
    if (name.starts_with("TLS_")) names.push_back(name);
  }
  return names;
}

TEST(TlsCiphersTest, TheCheapestThatThisCpuHasComesFirstAndNoneIsLost) {
  EXPECT_THAT(Understood(TlsCiphers(true)),
              ElementsAre("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                          "TLS_CHACHA20_POLY1305_SHA256"));
  EXPECT_THAT(Understood(TlsCiphers(false)),
              ElementsAre("TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256",
                          "TLS_AES_256_GCM_SHA384"));
}

TEST(TlsCiphersTest, LibcurlTakesTheOrder) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(),
                                                                   curl_easy_cleanup);
  EXPECT_EQ(curl_easy_setopt(handle.get(), CURLOPT_TLS13_CIPHERS, TlsCiphers(HasAesInstructions())),
            CURLE_OK);
}

}  // namespace
}  // namespace brink::storage

#include "brink/storage/tls_ciphers.h"

#include "brink/base/loader_features.h"

#if defined(__arm__) || defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace brink::storage {

bool HasAesInstructions() {
#if defined(BRINK_LOADER_KNOWS)
  return x86_cpu_active(x86_cpu_AES);
#elif defined(__aarch64__)
  return (getauxval(AT_HWCAP) & HWCAP_AES) != 0;
#elif defined(__arm__)
  return (getauxval(AT_HWCAP2) & HWCAP2_AES) != 0;
#else
  return false;
#endif
}

const char* TlsCiphers(bool has_aes_instructions) {
  return has_aes_instructions
             ? "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
             : "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384";
}

}  // namespace brink::storage

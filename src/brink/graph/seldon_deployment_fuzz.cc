#include "brink/graph/seldon_deployment.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)brink::graph::ParseSeldonDeployment(text, "fuzz.yaml");
  return 0;
}

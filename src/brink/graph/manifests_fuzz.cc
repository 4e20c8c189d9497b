#include "brink/base/yaml.h"
#include "brink/graph/manifests.h"

// What is rendered can be read again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rendered = brink::graph::RenderManifests(
      text, "fuzz.yaml", {.image = "brink:1", .grpc_port = 5000, .autoscaler = true});
  if (rendered && !brink::yaml::ParseAll(*rendered, {.max_bytes = size_t{1} << 24}))
    __builtin_trap();
  return 0;
}

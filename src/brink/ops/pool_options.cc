#include "brink/ops/pool_options.h"

#include <cstring>

namespace brink::ops {

Result<RawPoolOptions> ReadRawPoolOptions(const NodeView& node) {
  RawPoolOptions options;
  if (node.custom_options.size() < sizeof(options)) {
    return node.Invalid("options of " + std::to_string(node.custom_options.size()) +
                        " bytes, wanted at least " + std::to_string(sizeof(options)));
  }
  std::memcpy(&options, node.custom_options.data(), sizeof(options));
  if (options.padding != 1 && options.padding != 2) {
    return node.Invalid("padding " + std::to_string(options.padding) +
                        ", wanted SAME (1) or VALID (2)");
  }
  for (const int32_t extent :
       {options.stride_width, options.stride_height, options.width, options.height}) {
    if (extent < 1 || extent > (1 << 16)) {
      return node.Invalid("options: a window or stride of " + std::to_string(extent));
    }
  }
  return options;
}

}  // namespace brink::ops

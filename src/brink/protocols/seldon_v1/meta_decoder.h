// Seldon's `meta`: puid, tags, routing, requestPath, metrics.
#pragma once

#include <vector>

#include "brink/api/message.h"
#include "brink/base/json_scanner.h"
#include "brink/base/result.h"

namespace brink::protocols::seldon_v1 {

// Consumes the object that is next. Unknown members are ignored; members of the wrong type are
// errors that name them.
Result<api::Meta> ReadMeta(json::Scanner& scanner);

// A list of metrics as a tree has it.
Result<std::vector<api::Metric>> ReadMetrics(json::Value value);

}  // namespace brink::protocols::seldon_v1

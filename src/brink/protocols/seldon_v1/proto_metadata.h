// A model's metadata as Seldon's SeldonModelMetadata.
#pragma once

#include <string>

#include "brink/base/json.h"

namespace brink::protocols::seldon_v1 {

// The serialised message of what /metadata answers (keys name, versions, platform, inputs, outputs,
// custom). A member of another type than the message's field is left out.
std::string MetadataToProto(const json::Object& metadata);

}  // namespace brink::protocols::seldon_v1

// /metadata: what a model says of itself, in Seldon's form.
#pragma once

#include <string_view>

#include "brink/api/predictor.h"
#include "brink/base/json.h"
#include "brink/base/result.h"
#include "brink/protocols/seldon_v1/options.h"

namespace brink::protocols::seldon_v1 {

// name, versions, platform, inputs, outputs, custom: from MODEL_METADATA, key by key before what
// the component says, before what the model's description has, before the image's name and tag.
// Fails with kInternal where a member has the wrong type or the YAML is none.
Result<json::Object> DescribeModel(const api::ModelDescription& description,
                                   const SeldonOptions& options);

}  // namespace brink::protocols::seldon_v1

// What a model says of itself (model/metadata.h), for people and for programs.
#pragma once

#include <string>

#include "brink/base/json.h"
#include "brink/model/graph.h"

namespace brink::apps {

// null for a model without metadata, {"error"} for one whose metadata is broken. Keys and their
// meaning are stable.
json::Value MetadataJson(const model::Model& model);

// Some lines; none for a model without metadata.
std::string MetadataText(const model::Model& model);

}  // namespace brink::apps

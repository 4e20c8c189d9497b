// What a SeldonDeployment says to brink's settings: graph parameters, the container's environment,
// the endpoint's port.
#pragma once

#include <span>
#include <string>

#include "brink/base/result.h"
#include "brink/graph/seldon_deployment.h"
#include "config.h"

namespace brink::apps {

// Adds it as the layer below flags and environment. A parameter that brink does not know, or of
// another type than it wants, is refused by name: "mask.yaml:15: graph: unknown parameter 'thread'
// (did you mean 'threads'?)". `file` is the deployment's name in messages.
Status AddDeployment(const graph::SeldonDeployment& deployment, const std::string& file,
                     Configuration& configuration);

// The same for the parameters of a pod; `where` opens every message.
Status AddParameters(std::span<const graph::Parameter> parameters, const std::string& where,
                     Configuration& configuration);

}  // namespace brink::apps

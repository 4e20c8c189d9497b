// Small components that behave as the Python classes behind the recorded traffic do, and as the
// protocol's own cases want them.
#pragma once

#include <memory>
#include <string>

#include "brink/api/component.h"

namespace brink::testing {

// "Identity", "Types", "Full" ...; nullptr for a name that is none. `parameters` is a JSON object
// of what the class takes ("greeting", "scale" ...).
std::unique_ptr<api::Component> MakeComponent(const std::string& name,
                                              const json::Object& parameters = {});

}  // namespace brink::testing

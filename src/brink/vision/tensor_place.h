// Where the tensors that a card names stand among a model's.
#pragma once

#include <span>
#include <string>

#include "brink/base/result.h"

namespace brink::vision {

// The place of the tensor `name` in `names`; with an empty name that of the only one. `what` is the
// card's key, "input.tensor". kFailedPrecondition when the card must name one, kNotFound when what
// it names is not there.
Result<size_t> PlaceOf(std::span<const std::string> names, const std::string& name,
                       const std::string& what);

// A picture fills one input: kFailedPrecondition for a model that has more.
Status CheckOnlyInput(std::span<const std::string> inputs);

}  // namespace brink::vision

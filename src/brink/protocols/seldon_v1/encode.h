// Answers into Seldon's JSON: keys sorted, no spaces, non-ASCII escaped, one line feed at the end.
#pragma once

#include <string>

#include "brink/base/result.h"
#include "brink/protocols/seldon_v1/message.h"

namespace brink::protocols::seldon_v1 {

enum class Style {
  kPlain,     // numbers keep their type
  kProtobuf,  // as protobuf's JSON of a SeldonMessage: all numbers are doubles, defaults left out
};

// Fails with kInternal where the tensor's type has no form on the wire.
Result<std::string> EncodeAnswer(const WireAnswer& answer, Style style = Style::kPlain);

// {"status":{"code":-1,"info":...,"reason":...,"status":1}}
std::string EncodeFailure(std::string_view info, std::string_view reason);

}  // namespace brink::protocols::seldon_v1

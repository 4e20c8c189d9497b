// Seldon's `data` (DefaultData): tensor, ndarray or tftensor, and names.
#pragma once

#include "brink/base/json_scanner.h"
#include "brink/base/result.h"
#include "brink/protocols/seldon_v1/message.h"

namespace brink::protocols::seldon_v1 {

// Consumes the object that is next. tensor counts before ndarray before tftensor; without any of
// them the data is an empty array. Numbers keep their type as numpy would choose it.
Result<WireMessage> ReadData(json::Scanner& scanner);

}  // namespace brink::protocols::seldon_v1

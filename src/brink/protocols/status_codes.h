// The one table that turns an Error's code into what each protocol says of it.
#pragma once

#include <string_view>

#include "brink/base/result.h"

namespace brink::protocols {

struct StatusCodes {
  Code code;
  int http;                        // status code of an HTTP answer
  int grpc;                        // grpc.StatusCode
  std::string_view seldon_reason;  // `reason` of Seldon's status object
};

const StatusCodes& StatusCodesOf(Code code);

}  // namespace brink::protocols

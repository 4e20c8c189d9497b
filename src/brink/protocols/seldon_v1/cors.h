// Cross-origin headers: every answer may be read by any page, as Seldon's wrapper allows.
#pragma once

#include <string>

#include "brink/protocols/http.h"

namespace brink::protocols::seldon_v1 {

// Adds Access-Control-Allow-Origin: the request's Origin and Vary, or "*" where it had none.
void AddOriginHeaders(const std::string& origin, HttpHeaders& headers);

// Adds what a preflight asks for: methods and the headers that it wants to send.
void AddPreflightHeaders(const HttpRequest& request, HttpHeaders& headers);

}  // namespace brink::protocols::seldon_v1

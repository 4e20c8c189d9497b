// The status line and headers of an answer, as bytes.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include "brink/protocols/http.h"

namespace brink::net {

// "Not Found"; "Unknown" for a status without a registered name (RFC 9110 15, IANA's registry).
std::string_view HttpReason(int status);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7).
std::string HttpDate(std::time_t time);

struct HttpFraming {
  bool http10 = false;  // the version that the client spoke is answered
  bool keep_alive = true;
  std::string_view date;
};

// Appends the head up to and with the empty line: Date, Connection, Content-Type, Content-Length
// (for a stream Transfer-Encoding, or nothing in HTTP/1.0), then the response's own. A header that
// would break the framing (a line break in it, Content-Length, ...) is left out.
void AppendHttpHead(std::string& out, const protocols::HttpResponse& response,
                    const HttpFraming& framing);

// Makes `bytes` a chunk (RFC 9112 7.1): appends the line before it to `head`, a line end to itself.
// A chunk of no bytes ends a body.
void FrameHttpChunk(std::string& head, std::string& bytes);

// 1xx, 204 and 304 answers have no body and no Content-Length (RFC 9110 6.4.1, 8.6).
inline bool HasHttpBody(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace brink::net

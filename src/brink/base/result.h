// Errors are values. Everything that input can make fail returns Result<T> (or Status); a message
// says what was wrong, where, and what would be right: "input 'x': type INT8, model wants UINT8".
// Context is added on the way up.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace brink {

// What kind of failure it is; the names and meanings are gRPC's (grpc.io/docs/guides/status-codes).
// One table in protocols/ maps a code to HTTP and gRPC status.
enum class Code {
  kInvalidArgument,     // the caller's input is wrong, whatever the state of the system
  kNotFound,            // a named thing does not exist
  kAlreadyExists,       // a port in use, a file in the way
  kPermissionDenied,    // credentials are good but not enough
  kUnauthenticated,     // credentials are missing or wrong
  kFailedPrecondition,  // right request, wrong state (model not loaded)
  kOutOfRange,          // an index or a size beyond what the data has
  kUnimplemented,       // a feature that brink does not have
  kResourceExhausted,   // a limit: body size, memory, queue
  kDeadlineExceeded,    // time ran out
  kCancelled,           // the caller went away
  kUnavailable,         // try again later: network, shutting down
  kDataLoss,            // a file or stream is truncated or corrupt
  kInternal,            // a bug in brink
};

// The code's name as gRPC writes it: "INVALID_ARGUMENT".
std::string_view CodeName(Code code);

struct Error {
  Code code = Code::kInternal;
  std::string message;

  // The same error with `context` and ": " before its message.
  [[nodiscard]] Error Within(std::string_view context) const;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = tl::expected<void, Error>;
using tl::unexpected;

// `return Fail(Code::kInvalidArgument, "...")` from any function that returns Result<T> or Status.
// Cold: the making of a message lies apart from the code that runs, which is half as large so.
[[nodiscard, gnu::cold, gnu::noinline]] inline tl::unexpected<Error> Fail(Code code,
                                                                          std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
[[nodiscard, gnu::cold, gnu::noinline]] inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace brink

#define BRINK_CONCAT_INNER(a, b) a##b
#define BRINK_CONCAT(a, b) BRINK_CONCAT_INNER(a, b)

// Returns the error of a Status or Result expression, if it has one.
#define BRINK_TRY(...)                                                                           \
  do {                                                                                           \
    auto brink_status = (__VA_ARGS__);                                                           \
    if (!brink_status) return ::tl::unexpected<::brink::Error>(std::move(brink_status).error()); \
  } while (false)

// BRINK_ASSIGN(auto x, F()): x is F's value, or the function returns F's error.
#define BRINK_ASSIGN(target, ...) \
  BRINK_ASSIGN_IMPL(BRINK_CONCAT(brink_result_, __LINE__), target, __VA_ARGS__)
#define BRINK_ASSIGN_IMPL(name, target, ...)                                   \
  auto name = (__VA_ARGS__);                                                   \
  if (!name) return ::tl::unexpected<::brink::Error>(std::move(name).error()); \
  target = std::move(*name)

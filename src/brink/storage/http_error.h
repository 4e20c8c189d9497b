// What HTTP's and libcurl's failures mean: whether another attempt can help is in the code
// (kUnavailable and kDeadlineExceeded can be tried again). Never a URL, never a credential.
// storage/ only.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <string>

#include "brink/base/result.h"

namespace brink::storage {

inline constexpr long kMostRedirects = 10;

// `reason`: the server's own code where it gave one ("NoSuchBucket").
Error StatusError(long status, const std::string& reason = "");
Error TransferError(CURLcode code, int64_t body_bytes, const std::string& detail);
Error TooLong(uint64_t limit);
bool CanBeTriedAgain(const Error& error);

}  // namespace brink::storage

#include "brink/storage/http_error.h"

namespace brink::storage {

Error TooLong(uint64_t limit) {
  return {Code::kResourceExhausted, "longer than the limit of " + std::to_string(limit) + " bytes"};
}

bool CanBeTriedAgain(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kDeadlineExceeded;
}

Error StatusError(long status, const std::string& reason) {
  const std::string text = "HTTP " + std::to_string(status);
  const std::string why = reason.empty() ? "" : " (" + reason + ")";
  switch (status) {
    case 401:
      return {Code::kUnauthenticated, text + " Unauthorized: it wants other credentials" + why};
    case 403:
      return {Code::kPermissionDenied, text + " Forbidden" + why};
    case 404:
      return {Code::kNotFound, text + " Not Found" + why};
    case 407:
      return {Code::kUnauthenticated, text + ": the proxy wants credentials"};
    case 408:
      return {Code::kDeadlineExceeded, text + " Request Timeout"};
    case 410:
      return {Code::kNotFound, text + " Gone"};
    case 429:
      return {Code::kUnavailable, text + " Too Many Requests: try again later"};
    default:
      break;
  }
  if (status >= 500) {
    return {Code::kUnavailable, text + ": the server failed, try again later" + why};
  }
  return {Code::kFailedPrecondition, text + ", want 200" + why};
}

Error TransferError(CURLcode code, int64_t body_bytes, const std::string& detail) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
      return {Code::kInvalidArgument, "not a URL that can be read"};
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {Code::kFailedPrecondition,
              "redirected to a scheme that is not allowed (" + detail + ")"};
    case CURLE_TOO_MANY_REDIRECTS:
      return {Code::kFailedPrecondition,
              "more than " + std::to_string(kMostRedirects) + " redirects"};
    case CURLE_OPERATION_TIMEDOUT:
      return {Code::kDeadlineExceeded, "the connection timed out or stalled (" + detail + ")"};
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
      return {Code::kUnavailable, "the connection broke after " + std::to_string(body_bytes) +
                                      " bytes (" + detail + ")"};
    case CURLE_ABORTED_BY_CALLBACK:
      return {Code::kCancelled, "cancelled"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
      return {Code::kFailedPrecondition, "no trust in the TLS connection (" + detail + ")"};
    default:
      return {Code::kUnavailable, detail};
  }
}

}  // namespace brink::storage

#include "brink/storage/http_get.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>

namespace brink::storage {
namespace {

constexpr long kMostRedirects = 10;
constexpr long kSlowestBytesPerSecond = 64;
constexpr size_t kMostHeaderBytes = size_t{256} << 10;

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// libcurl's global state: made once, before the first handle, never taken down.
bool PrepareCurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  return code == CURLE_OK;
}

// One transfer: what libcurl's callbacks see.
struct Transfer {
  const HttpGet* request = nullptr;
  const FetchOptions* options = nullptr;
  CURL* handle = nullptr;
  HttpGot got;
  std::string content_encoding;
  size_t header_bytes = 0;
  uint64_t body_bytes = 0;
  std::optional<Error> error;  // why a callback ended the transfer

  long StatusCode() const {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
  }
};

Error TooLong(const FetchOptions& options) {
  return {Code::kResourceExhausted,
          "longer than the limit of " + std::to_string(options.max_bytes) + " bytes"};
}

size_t OnBody(char* data, size_t /*one*/, size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.StatusCode() != 200) return size;  // an error's page: not the model
  transfer.body_bytes += size;
  if (transfer.body_bytes > transfer.options->max_bytes) {
    transfer.error = TooLong(*transfer.options);
    return 0;
  }
  const Status taken = transfer.request->sink(std::as_bytes(std::span(data, size)));
  if (!taken) transfer.error = taken.error();
  return taken ? size : 0;
}

// The value of "Name: value\r\n" when the line is that header.
std::optional<std::string> ValueOf(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
  const bool same = std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
    return a == std::tolower(static_cast<unsigned char>(b));
  });
  if (!same) return std::nullopt;
  line.remove_prefix(name.size() + 1);
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = line.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "";
  return std::string(line.substr(begin, line.find_last_not_of(kSpace) - begin + 1));
}

size_t OnHeader(char* data, size_t /*one*/, size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMostHeaderBytes) {
    transfer.error = Error{Code::kResourceExhausted, "the server's headers have no end"};
    return 0;
  }
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {  // the next answer of a chain of redirects
    transfer.got = {};
    transfer.content_encoding.clear();
  }
  if (const auto etag = ValueOf(line, "etag")) transfer.got.etag = *etag;
  if (const auto date = ValueOf(line, "last-modified")) transfer.got.last_modified = *date;
  if (const auto coding = ValueOf(line, "content-encoding")) transfer.content_encoding = *coding;
  return size;
}

int OnProgress(void* user, curl_off_t total, curl_off_t now, curl_off_t /*up*/,
               curl_off_t /*sent*/) {
  const auto& transfer = *static_cast<Transfer*>(user);
  const FetchOptions& options = *transfer.options;
  if (options.cancelled != nullptr && *options.cancelled) return 1;
  if (options.on_progress && now > 0 && transfer.StatusCode() == 200) {
    Progress progress{.bytes = static_cast<uint64_t>(now)};
    if (total > 0) progress.total = static_cast<uint64_t>(total);
    options.on_progress(progress);
  }
  return 0;
}

Error StatusError(long status) {
  const std::string text = "HTTP " + std::to_string(status);
  switch (status) {
    case 401:
      return {Code::kUnauthenticated, text + " Unauthorized: it wants other credentials"};
    case 403:
      return {Code::kPermissionDenied, text + " Forbidden"};
    case 404:
      return {Code::kNotFound, text + " Not Found"};
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
  if (status >= 500) return {Code::kUnavailable, text + ": the server failed, try again later"};
  return {Code::kFailedPrecondition, text + ", want 200"};
}

Error TransferError(CURLcode code, const Transfer& transfer, const std::string& detail) {
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
      return {Code::kUnavailable, "the connection broke after " +
                                      std::to_string(transfer.body_bytes) + " bytes (" + detail +
                                      ")"};
    case CURLE_FILESIZE_EXCEEDED:
      return TooLong(*transfer.options);
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

// https goes on to https only: a downgrade would let the network change the model.
const char* RedirectsAllowed(const std::string& url) {
  return url.starts_with("https:") || url.starts_with("HTTPS:") ? "https" : "http,https";
}

void Limit(CURL* handle, const HttpGet& request, const FetchOptions& options) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.stall_timeout).count();
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, RedirectsAllowed(request.url));
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, kMostRedirects);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, kSlowestBytesPerSecond);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(std::max<int64_t>(seconds, 1)));
  curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(options.max_bytes));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  if (!options.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
  }
}

void Listen(CURL* handle, Transfer& transfer) {
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

std::unique_ptr<curl_slist, FreeList> Headers(const HttpGet& request) {
  std::unique_ptr<curl_slist, FreeList> list;
  const auto add = [&](const std::string& line) {
    list.reset(curl_slist_append(list.release(), line.c_str()));
  };
  add("Accept: */*");
  if (!request.etag.empty()) add("If-None-Match: " + request.etag);
  if (!request.last_modified.empty()) add("If-Modified-Since: " + request.last_modified);
  return list;
}

Result<HttpGot> Judge(CURLcode code, Transfer& transfer, const std::string& detail) {
  if (transfer.error) return Fail(*transfer.error);
  if (code != CURLE_OK) return Fail(TransferError(code, transfer, detail));
  const long status = transfer.StatusCode();
  const bool conditional =
      !transfer.request->etag.empty() || !transfer.request->last_modified.empty();
  if (status == 304 && conditional) {
    transfer.got.not_modified = true;
    return transfer.got;
  }
  if (status != 200) return Fail(StatusError(status));
  // Nothing was asked to be packed, so a packed body is not the file that the URI names.
  const std::string& coding = transfer.content_encoding;
  if (!coding.empty() && coding != "identity") {
    return Fail(Code::kDataLoss, "the server sent it packed as '" + coding.substr(0, 40) +
                                     "' without being asked to");
  }
  return transfer.got;
}

}  // namespace

Result<HttpGot> Get(const HttpGet& request, const FetchOptions& options) {
  if (!PrepareCurl()) return Fail(Code::kInternal, "libcurl cannot be initialised");
  const std::unique_ptr<CURL, FreeHandle> handle(curl_easy_init());
  if (!handle) return Fail(Code::kResourceExhausted, "no memory for a connection");
  Transfer transfer{.request = &request, .options = &options, .handle = handle.get()};
  std::array<char, CURL_ERROR_SIZE> text{};
  const auto headers = Headers(request);
  curl_easy_setopt(handle.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle.get(), CURLOPT_USERAGENT, "brink");
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, text.data());
  Limit(handle.get(), request, options);
  Listen(handle.get(), transfer);
  const CURLcode code = curl_easy_perform(handle.get());
  // libcurl's text may repeat parts of the URL: with a user in it only the general reason is shown.
  const bool may_tell = request.url.find('@') == std::string::npos && text[0] != '\0';
  return Judge(code, transfer, may_tell ? text.data() : curl_easy_strerror(code));
}

}  // namespace brink::storage

#include "brink/storage/transfer.h"

#include <charconv>

#include "brink/storage/http_error.h"

namespace brink::storage {
namespace {

constexpr size_t kMostHeaderBytes = size_t{256} << 10;
constexpr int64_t kMostRetryAfterSeconds = 300;

std::optional<int64_t> Number(std::string_view text) {
  int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && stop == text.data() + text.size() && number >= 0;
  return whole ? std::optional(number) : std::nullopt;
}

std::string RangeHeader(const RangeGet& get) {
  const std::string last = get.end < 0 ? "" : std::to_string(get.end - 1);
  return "Range: bytes=" + std::to_string(get.begin) + "-" + last;
}

std::vector<std::string> ConditionHeaders(const RangeGet& get) {
  std::vector<std::string> headers;
  if (get.ask_range) headers.push_back(RangeHeader(get));
  if (!get.if_range.empty()) headers.push_back("If-Range: " + get.if_range);
  if (!get.if_none_match.empty()) headers.push_back("If-None-Match: " + get.if_none_match);
  if (!get.if_modified_since.empty()) {
    headers.push_back("If-Modified-Since: " + get.if_modified_since);
  }
  return headers;
}

}  // namespace

std::optional<ContentRange> ParseContentRange(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view range = text.substr(0, slash);
  const std::string_view whole = text.substr(slash + 1);
  const auto total = whole == "*" ? std::optional<int64_t>(-1) : Number(whole);
  const size_t dash = range.find('-');
  if (!total || dash == std::string_view::npos) return std::nullopt;
  const auto first = Number(range.substr(0, dash));
  const auto last = Number(range.substr(dash + 1));
  if (!first || !last || *last < *first || *last == INT64_MAX) return std::nullopt;
  if (*total >= 0 && *last >= *total) return std::nullopt;
  return ContentRange{*first, *last + 1, *total};
}

Result<std::unique_ptr<Transfer>> Transfer::Create(RangeGet get, const FetchOptions& options,
                                                   const Listener& listener) {
  BRINK_ASSIGN(CurlHandle handle, CurlHandle::Create(get.request, ConditionHeaders(get), options));
  std::unique_ptr<Transfer> made(new Transfer(std::move(get), std::move(handle), listener));
  CURL* curl = made->handle();
  made->position_ = made->get_.begin;
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, made.get());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, made.get());
  curl_easy_setopt(curl, CURLOPT_PRIVATE, made.get());
  return made;
}

void Transfer::ReadHeader(std::string_view line) {
  if (line.starts_with("HTTP/")) head_ = {};  // the next answer of a chain of redirects
  std::string value;
  if (IsHeader(line, "etag", value)) head_.version.etag = value;
  if (IsHeader(line, "last-modified", value)) head_.version.last_modified = value;
  if (IsHeader(line, "content-encoding", value)) head_.content_encoding = value;
  if (IsHeader(line, "content-length", value)) head_.length = Number(value).value_or(-1);
  if (IsHeader(line, "retry-after", value)) {
    const int64_t seconds = std::min(Number(value).value_or(0), kMostRetryAfterSeconds);
    head_.retry_after = std::chrono::seconds(seconds);
  }
  if (!IsHeader(line, "content-range", value)) return;
  if (const auto range = ParseContentRange(value)) {
    head_.begin = range->begin;
    head_.version.total = range->total;
  } else {
    head_.begin = -1;
  }
}

size_t Transfer::OnHeader(char* data, size_t /*one*/, size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.header_bytes_ += size;
  if (transfer.header_bytes_ > kMostHeaderBytes) {
    transfer.error_ = Error{Code::kResourceExhausted, "the server's headers have no end"};
    return 0;
  }
  transfer.ReadHeader({data, size});
  return size;
}

Status Transfer::TellHead() {
  if (head_told_) return {};
  head_told_ = true;
  head_.status = handle_.StatusCode();
  if (head_.status == 200) {
    head_.begin = 0;
    head_.version.total = head_.length;
  }
  // Nothing was asked to be packed, so a packed body is not the file that the URI names.
  const bool packed = !head_.content_encoding.empty() && head_.content_encoding != "identity";
  if (packed && (head_.status == 200 || head_.status == 206)) {
    return Fail(Code::kDataLoss, "the server sent it packed as '" +
                                     head_.content_encoding.substr(0, 40) +
                                     "' without being asked to");
  }
  return listener_.on_head(*this, head_);
}

size_t Transfer::OnBody(char* data, size_t /*one*/, size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const long status = transfer.handle_.StatusCode();
  if (status != 200 && status != 206) return size;  // an error's page: not the model
  transfer.body_bytes_ += static_cast<int64_t>(size);
  Status taken = transfer.TellHead();
  if (taken) taken = transfer.listener_.on_bytes(transfer, std::as_bytes(std::span(data, size)));
  if (!taken) transfer.error_ = taken.error();
  return taken ? size : 0;
}

Status Transfer::Judge(CURLcode code) {
  if (error_) return Fail(*error_);
  if (code != CURLE_OK) return Fail(TransferError(code, body_bytes_, handle_.Detail(code)));
  BRINK_TRY(TellHead());
  const bool conditional = !get_.if_none_match.empty() || !get_.if_modified_since.empty();
  const long status = head_.status;
  if (status == 200 || status == 206 || (status == 304 && conditional)) return {};
  return Fail(StatusError(status));
}

}  // namespace brink::storage

#include "brink/net/http_request_reader.h"

// Beast asserts that of a last chunk's line and the line end behind it five bytes come at once
// (basic_parser::parse_chunk_header). They need not, and nothing else depends on it.
#define BOOST_DISABLE_ASSERTS
#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <utility>

namespace brink::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

std::string_view View(string_view text) { return {text.data(), text.size()}; }

// Body memory is taken ahead of the bytes received by this factor, so that a large body is copied
// seldom and a large Content-Length alone takes nothing.
constexpr size_t kReserveAhead = 8;
constexpr size_t kReserveAtLeast = size_t{64} << 10;

// RFC 9112 2.2: empty lines before a request are ignored.
size_t EmptyLines(std::string_view bytes) {
  size_t at = 0;
  while (at + 1 < bytes.size() && bytes[at] == '\r' && bytes[at + 1] == '\n') at += 2;
  return at;
}

// Where the headers end that `bytes`, beginning with a line, are part of: they have been found to
// end there. An empty first line is their end, as those before a request are gone.
size_t HeadersEnd(std::string_view bytes) {
  return bytes.starts_with("\r\n") ? 2 : bytes.find("\r\n\r\n") + 4;
}

}  // namespace

// Beast's parser, told to say what it finds to the reader. A stop that the reader asked for (stage
// kFailed) is any error.
class HttpRequestReader::Parser final : public http::basic_parser<true> {
 public:
  explicit Parser(HttpRequestReader& reader) : reader_(reader) {
    eager(true);
    header_limit(
        static_cast<uint32_t>(std::min<size_t>(reader.limits_.max_header_bytes, 1u << 30)));
    body_limit(reader.limits_.max_body_bytes);
  }

 private:
  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code& stop) override {
    reader_.request_.method = View(method);
    reader_.request_.target = View(target);
    reader_.http10_ = version == 10;
    reader_.head_ = View(method) == "HEAD";
    reader_.request_.headers.reserve(8);
    StopIfFailed(stop);
  }
  void on_field_impl(http::field, string_view name, string_view value, error_code& stop) override {
    if (reader_.stage_ == Stage::kBody) return;  // trailers: nobody reads them
    reader_.AddHeader(View(name), View(value));
    StopIfFailed(stop);
  }
  void on_header_impl(error_code& stop) override {
    reader_.unread_.remove_prefix(HeadersEnd(reader_.unread_));
    reader_.keep_alive_ = keep_alive();
    if (const auto length = content_length()) reader_.content_length_ = *length;
    reader_.FinishHeaders();
    StopIfFailed(stop);
  }
  size_t on_body_impl(string_view body, error_code&) override { return TakeBody(View(body)); }
  size_t on_chunk_body_impl(uint64_t, string_view body, error_code&) override {
    return TakeBody(View(body));
  }
  void on_finish_impl(error_code&) override { reader_.stage_ = Stage::kDone; }
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(uint64_t bytes, string_view extension, error_code& stop) override {
    if (bytes > 0) reader_.CheckChunkLine(View(extension));  // trailers are behind the last one
    StopIfFailed(stop);
  }
  void on_response_impl(int, string_view, int, error_code&) override {}

  size_t TakeBody(std::string_view body) {
    reader_.AppendBody(body);
    reader_.unread_.remove_prefix(reader_.UnreadUntil(body));
    return body.size();
  }
  void StopIfFailed(error_code& stop) const {
    if (reader_.stage_ == Stage::kFailed) stop = http::error::bad_value;
  }

  HttpRequestReader& reader_;
};

HttpRequestReader::HttpRequestReader(const HttpReaderLimits& limits) : limits_(limits) {}
HttpRequestReader::~HttpRequestReader() = default;

void HttpRequestReader::Reset() {
  parser_.reset();
  request_ = {};
  stage_ = Stage::kStart;
  header_bytes_ = 0;
  content_length_.reset();
  keep_alive_ = true;
  http10_ = head_ = expects_continue_ = false;
}

void HttpRequestReader::Fail(int status, std::string message) {
  stage_ = Stage::kFailed;
  failure_ = {status, std::move(message)};
}

namespace {

// What is wrong with a request of which Beast says `error`; nothing when it may go on.
std::optional<HttpRequestReader::Failure> FailureOf(const error_code& error, size_t header_bytes,
                                                    const HttpReaderLimits& limits) {
  const auto bytes = [](size_t limit) { return std::to_string(limit) + " bytes"; };
  const bool goes_on = !error || error == http::error::need_more;
  if (error == http::error::body_limit)
    return {{413, "the body is larger than the limit of " + bytes(limits.max_body_bytes)}};
  if (error == http::error::header_limit || (goes_on && header_bytes > limits.max_header_bytes))
    return {{431, "the headers are larger than the limit of " + bytes(limits.max_header_bytes)}};
  if (error == http::error::bad_version)
    return {{505, "the request line does not end in HTTP/1.1 or HTTP/1.0"}};
  if (!goes_on) return {{400, "malformed HTTP request: " + error.message()}};
  return std::nullopt;
}

}  // namespace

size_t HttpRequestReader::Feed(std::string_view bytes) {
  if (stage_ == Stage::kDone || stage_ == Stage::kFailed) return 0;
  const size_t skipped = stage_ == Stage::kStart ? EmptyLines(bytes) : 0;
  bytes.remove_prefix(skipped);
  if (bytes.empty()) return skipped;
  if (stage_ == Stage::kStart) {
    if (bytes == "\r") return skipped;
    parser_ = std::make_unique<Parser>(*this);
    stage_ = Stage::kHeaders;
  }
  const bool began_in_headers = stage_ == Stage::kHeaders;
  unread_ = bytes;
  error_code error;
  const size_t used = parser_->put({bytes.data(), bytes.size()}, error);
  if (stage_ != Stage::kFailed) {
    // Beast holds the limit to each part alone, and says how much it took, not where the headers
    // end. Counted is what was sent, so that the verdict does not depend on how it is cut.
    size_t header_bytes = bytes.size() - used;                                      // of a chunk
    if (stage_ == Stage::kDone) header_bytes = UnreadUntil(bytes.substr(0, used));  // of trailers
    if (began_in_headers) {
      const size_t end = stage_ == Stage::kHeaders ? bytes.size() : HeadersEnd(bytes);
      header_bytes = std::max(stage_ == Stage::kDone ? header_bytes : 0, header_bytes_ + end);
      header_bytes_ += used;
    }
    if (auto failure = FailureOf(error, header_bytes, limits_))
      Fail(failure->status, std::move(failure->message));
  }
  if (stage_ == Stage::kDone || stage_ == Stage::kFailed) parser_.reset();
  return skipped + used;
}

size_t HttpRequestReader::UnreadUntil(std::string_view part) const {
  return static_cast<size_t>(part.data() + part.size() - unread_.data());
}

void HttpRequestReader::CheckChunkLine(std::string_view extension) {
  const size_t end = UnreadUntil(extension) + 2;  // and the line's
  if (auto failure = FailureOf({}, end, limits_))
    Fail(failure->status, std::move(failure->message));
}

void HttpRequestReader::AddHeader(std::string_view name, std::string_view value) {
  request_.headers.emplace_back(name, value);
  using protocols::EqualsIgnoringCase;
  if (EqualsIgnoringCase(name, "Transfer-Encoding") && !EqualsIgnoringCase(value, "chunked")) {
    return Fail(501, "a Transfer-Encoding other than chunked is not supported");
  }
  if (EqualsIgnoringCase(name, "Expect")) {
    if (!EqualsIgnoringCase(value, "100-continue"))
      return Fail(417, "an Expect other than 100-continue is not supported");
    expects_continue_ = !http10_;
  }
}

void HttpRequestReader::FinishHeaders() {
  stage_ = Stage::kBody;
  // A body that HTTP/1.0 cannot frame, or that would be read two ways by two servers (RFC
  // 9112 6.1), is refused.
  if (http10_ && request_.Header("Transfer-Encoding") != nullptr)
    Fail(400, "HTTP/1.0 has no Transfer-Encoding");
}

void HttpRequestReader::AppendBody(std::string_view bytes) {
  expects_continue_ = false;
  std::string& body = request_.body;
  const size_t needed = body.size() + bytes.size();
  if (needed > body.capacity() && content_length_) {
    const size_t ahead = std::max(kReserveAtLeast, needed * kReserveAhead);
    std::string larger;  // a string that grows takes twice of what it has at least
    larger.reserve(std::max(needed, std::min<size_t>(*content_length_, ahead)));
    larger.append(body);
    body = std::move(larger);
  }
  body.append(bytes);
}

std::optional<uint64_t> HttpRequestReader::body_left() const {
  if (!content_length_ || stage_ != Stage::kBody) return std::nullopt;
  return *content_length_ - request_.body.size();
}

}  // namespace brink::net

#include "brink/net/http_response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace brink::net {
namespace {

constexpr std::pair<int, std::string_view> kReasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a Teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {424, "Failed Dependency"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

void AppendNumber(std::string& out, size_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  out.append(digits.data(), end);
}

bool IsValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

// RFC 9110 5.6.2: a token.
bool IsName(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != kMarks.npos;
  });
}

bool IsFraming(std::string_view name) {
  return protocols::EqualsIgnoringCase(name, "Content-Length") ||
         protocols::EqualsIgnoringCase(name, "Transfer-Encoding") ||
         protocols::EqualsIgnoringCase(name, "Connection");
}

void AppendHeader(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view HttpReason(int status) {
  const auto found =
      std::lower_bound(std::begin(kReasons), std::end(kReasons), status,
                       [](const auto& entry, int wanted) { return entry.first < wanted; });
  return found != std::end(kReasons) && found->first == status ? found->second : "Unknown";
}

std::string HttpDate(std::time_t time) {
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::string text(kDays[utc.tm_wday]);
  const auto two = [&](int number, char before) {
    text += before;
    if (number < 10) text += '0';
    text += std::to_string(number);
  };
  text += ',';
  two(utc.tm_mday, ' ');
  text.append(" ")
      .append(kMonths[utc.tm_mon])
      .append(" ")
      .append(std::to_string(utc.tm_year + 1900));
  two(utc.tm_hour, ' ');
  two(utc.tm_min, ':');
  two(utc.tm_sec, ':');
  return text += " GMT";
}

void FrameHttpChunk(std::string& head, std::string& bytes) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), bytes.size(), 16).ptr;
  head.append(digits.data(), end).append("\r\n");
  bytes.append("\r\n");
}

void AppendHttpHead(std::string& out, const protocols::HttpResponse& response,
                    const HttpFraming& framing) {
  const bool valid = response.status >= 200 && response.status <= 999;
  const int status = valid ? response.status : 500;
  out.append(framing.http10 ? "HTTP/1.0 " : "HTTP/1.1 ");
  AppendNumber(out, static_cast<size_t>(status));
  out.append(" ").append(HttpReason(status)).append("\r\n");
  AppendHeader(out, "Date", framing.date);
  AppendHeader(out, "Connection", framing.keep_alive ? "keep-alive" : "close");
  if (!response.content_type.empty() && IsValue(response.content_type)) {
    AppendHeader(out, "Content-Type", response.content_type);
  }
  if (response.stream) {
    if (!framing.http10) AppendHeader(out, "Transfer-Encoding", "chunked");
  } else if (HasHttpBody(status)) {
    out.append("Content-Length: ");
    AppendNumber(out, response.body.size());
    out.append("\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    if (IsName(name) && IsValue(value) && !IsFraming(name)) AppendHeader(out, name, value);
  }
  out.append("\r\n");
}

}  // namespace brink::net

#include "raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

namespace brink::net {
namespace {

int Connect(uint16_t port, const char* address) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
  if (!is_v4) inet_pton(AF_INET6, address, &v6.sin6_addr);
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  v4.sin_port = v6.sin6_port = htons(port);
  const int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval minute{.tv_sec = 60, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof(minute));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &minute, sizeof(minute));
  const auto* where = is_v4 ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
  if (connect(fd, where, is_v4 ? sizeof(v4) : sizeof(v6)) == 0) return fd;
  close(fd);
  return -1;
}

int Number(std::string_view text) {
  int number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

RawResponse ParseHead(std::string_view head) {
  RawResponse response;
  const size_t first_end = head.find("\r\n");
  const std::string_view first = head.substr(0, first_end);
  response.version = first.substr(0, first.find(' '));
  response.status = Number(first.substr(first.find(' ') + 1));
  head.remove_prefix(first_end + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const size_t colon = line.find(": ");
    response.headers.emplace(line.substr(0, colon), line.substr(colon + 2));
    head.remove_prefix(line.size() + 2);
  }
  return response;
}

}  // namespace

RawClient::RawClient(uint16_t port, const char* address) : fd_(Connect(port, address)) {}
RawClient::~RawClient() { Close(); }

void RawClient::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

size_t RawClient::SendSome(std::string_view bytes) {
  const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<size_t>(sent);
}

bool RawClient::ReadMore() {
  std::array<char, 65536> buffer;
  const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
  reset_ = got < 0;
  if (got <= 0) return false;
  received_.append(buffer.data(), static_cast<size_t>(got));
  return true;
}

std::optional<RawResponse> RawClient::Read(bool without_body) {
  size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore()) return std::nullopt;
  }
  RawResponse response = ParseHead(std::string_view(received_).substr(0, end + 2));
  received_.erase(0, end + 4);
  const auto length = response.headers.find("Content-Length");
  if (without_body || length == response.headers.end()) return response;
  const auto bytes = static_cast<size_t>(Number(length->second));
  while (received_.size() < bytes) {
    if (!ReadMore()) return std::nullopt;
  }
  response.body = received_.substr(0, bytes);
  received_.erase(0, bytes);
  return response;
}

std::optional<std::string> RawClient::ReadChunk() {
  size_t end = 0;
  while ((end = received_.find("\r\n")) == std::string::npos) {
    if (!ReadMore()) return std::nullopt;
  }
  size_t bytes = 0;
  const char* last = received_.data() + end;
  const auto [stop, error] = std::from_chars(received_.data(), last, bytes, 16);
  if (error != std::errc() || stop != last) return std::nullopt;
  while (received_.size() < end + bytes + 4) {
    if (!ReadMore()) return std::nullopt;
  }
  std::string chunk = received_.substr(end + 2, bytes);
  if (received_.substr(end + 2 + bytes, 2) != "\r\n") return std::nullopt;
  received_.erase(0, end + bytes + 4);
  return chunk;
}

std::optional<std::string> RawClient::ReadToEnd() {
  while (ReadMore()) {
  }
  if (reset_) return std::nullopt;
  return std::exchange(received_, {});
}

void RawClient::EndSending() { shutdown(fd_, SHUT_WR); }

void RawClient::Reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  Close();
}

void RawClient::SetReceiveBuffer(int bytes) {
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

std::string PostRequest(std::string_view target, std::string_view body,
                        std::string_view more_headers) {
  std::string request = "POST ";
  request.append(target).append(" HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n");
  request.append(more_headers)
      .append("Content-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n\r\n");
  return request.append(body);
}

}  // namespace brink::net

// A client of TCP sockets that sends what it is told, right or wrong, and reads HTTP answers.
// Blocking; gives up after a minute, so that a test fails and does not hang.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace brink::net {

struct RawResponse {
  std::string version;  // "HTTP/1.1"
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

class RawClient {
 public:
  explicit RawClient(uint16_t port, const char* address = "127.0.0.1");
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return fd_ >= 0; }
  // Whether all bytes were taken.
  bool Send(std::string_view bytes);
  // As many as the kernel takes without waiting.
  size_t SendSome(std::string_view bytes);
  // The next answer, its body as long as Content-Length says; none for `without_body`. Nothing at
  // the connection's end.
  std::optional<RawResponse> Read(bool without_body = false);
  // The bytes of the next chunk of a body, none of the last; nothing at the connection's end or for
  // what is no chunk.
  std::optional<std::string> ReadChunk();
  // What comes until the server closes; nothing if the connection was reset.
  std::optional<std::string> ReadToEnd();
  void EndSending();
  void Reset();  // leaves without goodbye
  void Close();
  void SetReceiveBuffer(int bytes);

 private:
  bool ReadMore();

  int fd_ = -1;
  bool reset_ = false;
  std::string received_;
};

// "POST /target HTTP/1.1" with a body.
std::string PostRequest(std::string_view target, std::string_view body,
                        std::string_view more_headers = "");

}  // namespace brink::net

// For tests: an HTTP server on loopback whose answers a function writes byte by byte, so that it
// can break every rule.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace brink {

// One client's connection, after its request was read.
class Connection {
 public:
  explicit Connection(int descriptor) : descriptor_(descriptor) {}

  void Send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t sent = send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<size_t>(sent));
    }
  }
  // So many bytes of the request's body, fewer when the client closes.
  std::string Receive(size_t size) const {
    std::string body(size, '\0');
    const ssize_t got = recv(descriptor_, body.data(), size, MSG_WAITALL);
    body.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return body;
  }
  // Whether the client closed within `timeout_ms` (-1: waits until it does).
  bool ClosedWithin(int timeout_ms) const {
    pollfd watched{.fd = descriptor_, .events = POLLIN};
    char byte = 0;
    return poll(&watched, 1, timeout_ms) == 1 && recv(descriptor_, &byte, 1, 0) <= 0;
  }

 private:
  int descriptor_;
};

class ScriptedServer {
 public:
  // Gets the request's head ("GET /x HTTP/1.1\r\n..."); the connection is closed when it returns.
  using Script = std::function<void(const std::string& head, const Connection& connection)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    static_cast<void>(bind(listener_, reinterpret_cast<sockaddr*>(&address), size));
    listen(listener_, 16);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~ScriptedServer() { Stop(); }

  // Refuses connections from now on.
  void Stop() {
    if (!acceptor_.joinable()) return;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& worker : workers_) worker.join();
    close(listener_);
  }
  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int port() const { return port_; }
  std::vector<std::string> heads() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return heads_;
  }

 private:
  void Accept() {
    for (int client = accept(listener_, nullptr, nullptr); client >= 0;
         client = accept(listener_, nullptr, nullptr)) {
      workers_.emplace_back([this, client] { Serve(client); });
    }
  }
  void Serve(int client) {
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n") && recv(client, &byte, 1, 0) == 1) head += byte;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      heads_.push_back(head);
    }
    if (head.ends_with("\r\n\r\n")) script_(head, Connection(client));
    // What was not read when a socket is closed makes a reset of the end, and the peer may lose the
    // answer: it has a moment to hang up.
    shutdown(client, SHUT_WR);
    pollfd watched{.fd = client, .events = POLLIN};
    while (poll(&watched, 1, 100) == 1 && recv(client, &byte, 1, 0) == 1) continue;
    close(client);
  }

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> workers_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
};

}  // namespace brink

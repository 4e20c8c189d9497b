// What a source says to its server. storage/ only. Holds secrets: never shown.
#pragma once

#include <string>
#include <vector>

namespace brink::storage {

struct Request {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string method = "GET";
  std::string body;  // of a POST
  std::string user;  // with password: HTTP Basic
  std::string password;
  bool verify_tls = true;
  std::string ca_file;  // of this source, where FetchOptions names none
};

}  // namespace brink::storage

// Recorded traffic of Seldon's Python server: ../shared/seldon/rest.jsonl.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "brink/base/json.h"
#include "brink/protocols/http.h"

namespace brink::testing {

struct Recording {
  std::string name;
  std::string server;
  std::string port;  // "http" or "metrics"
  protocols::HttpRequest request;
  int status = 0;
  protocols::HttpHeaders headers;
  std::string body;

  const std::string* Header(std::string_view wanted) const;
};

// What the recorded server was started with.
struct RecordedServer {
  std::string component;
  std::map<std::string, std::string> environment;
};

// $BRINK_SHARED/seldon, or ../shared/seldon.
std::filesystem::path RecordingsFolder();

// In the file's order; asserts that the files are sound.
std::vector<Recording> ReadRecordings(const std::filesystem::path& folder);
std::map<std::string, RecordedServer> ReadServers(const std::filesystem::path& folder);

// A file, unpacked where it is gzip.
std::string ReadFile(const std::filesystem::path& path);
// A file of JSON values, one a line.
std::vector<json::Value> ReadJsonLines(const std::filesystem::path& path);

}  // namespace brink::testing

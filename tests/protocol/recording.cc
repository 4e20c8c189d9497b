#include "recording.h"

#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "brink/base/base64.h"

namespace brink::testing {
namespace {

std::string Text(const json::Value& record, const std::string& key) {
  const json::Value* value = record.Find(key);
  return value != nullptr && value->is<std::string>() ? *value->get<std::string>() : "";
}

// `key`, `key`_base64 or `key`_file, whichever is there.
std::string Body(const json::Value& record, const std::string& key,
                 const std::filesystem::path& folder) {
  if (const std::string encoded = Text(record, key + "_base64"); !encoded.empty()) {
    return base64::Decode(encoded).value();
  }
  const std::string file = Text(record, key + "_file");
  return file.empty() ? Text(record, key) : ReadFile(folder / file);
}

protocols::HttpHeaders Headers(const json::Value& record, const std::string& key) {
  protocols::HttpHeaders headers;
  for (const json::Value& pair : *record.Find(key)->get<json::Array>()) {
    const auto& both = *pair.get<json::Array>();
    headers.emplace_back(*both.at(0).get<std::string>(), *both.at(1).get<std::string>());
  }
  return headers;
}

}  // namespace

const std::string* Recording::Header(std::string_view wanted) const {
  for (const auto& [header, value] : headers) {
    if (protocols::EqualsIgnoringCase(header, wanted)) return &value;
  }
  return nullptr;
}

std::filesystem::path RecordingsFolder() {
  const char* shared = std::getenv("BRINK_SHARED");
  return std::filesystem::path(shared != nullptr ? shared : "../shared") / "seldon";
}

std::string ReadFile(const std::filesystem::path& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) throw std::runtime_error("cannot open " + path.string());
  std::string text;
  char block[65536];
  for (int read = 0; (read = gzread(file, block, sizeof block)) > 0;) {
    text.append(block, static_cast<size_t>(read));
  }
  gzclose(file);
  return text;
}

std::vector<json::Value> ReadJsonLines(const std::filesystem::path& path) {
  std::istringstream in(ReadFile(path));
  std::vector<json::Value> values;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    auto value = json::Parse(line, {.allow_nan = true});
    if (!value)
      throw std::runtime_error(path.string() + ": " + value.error().message + ": " + line);
    values.push_back(std::move(*value));
  }
  return values;
}

std::vector<Recording> ReadRecordings(const std::filesystem::path& folder) {
  std::vector<Recording> recordings;
  for (const json::Value& record : ReadJsonLines(folder / "rest.jsonl")) {
    Recording recording;
    recording.name = Text(record, "name");
    recording.server = Text(record, "server");
    recording.port = Text(record, "port");
    recording.request.method = Text(record, "method");
    recording.request.target = Text(record, "path");
    recording.request.headers = Headers(record, "request_headers");
    recording.request.body = Body(record, "request_body", folder);
    recording.status = static_cast<int>(*record.Find("status")->get<int64_t>());
    recording.headers = Headers(record, "response_headers");
    recording.body = Body(record, "response_body", folder);
    recordings.push_back(std::move(recording));
  }
  return recordings;
}

std::map<std::string, RecordedServer> ReadServers(const std::filesystem::path& folder) {
  std::map<std::string, RecordedServer> servers;
  const json::Value all = json::Parse(ReadFile(folder / "rest_servers.json")).value();
  for (const auto& [id, server] : *all.get<json::Object>()) {
    RecordedServer& recorded = servers[id];
    recorded.component = Text(server, "class");
    for (const auto& [name, value] : *server.Find("env")->get<json::Object>()) {
      recorded.environment[name] = *value.get<std::string>();
    }
  }
  return servers;
}

}  // namespace brink::testing

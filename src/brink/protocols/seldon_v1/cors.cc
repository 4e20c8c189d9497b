#include "brink/protocols/seldon_v1/cors.h"

#include <algorithm>
#include <vector>

namespace brink::protocols::seldon_v1 {
namespace {

// "X-B, Content-Type" as "content-type, x-b".
std::string SortedLowerCase(const std::string& list) {
  std::vector<std::string> names(1);
  for (const char c : list) {
    if (c == ',') {
      names.emplace_back();
    } else if (c != ' ' && c != '\t') {
      names.back().push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
    }
  }
  std::sort(names.begin(), names.end());
  std::string sorted;
  for (const std::string& name : names) {
    if (name.empty()) continue;
    if (!sorted.empty()) sorted += ", ";
    sorted += name;
  }
  return sorted;
}

}  // namespace

void AddOriginHeaders(const std::string& origin, HttpHeaders& headers) {
  if (origin.empty()) {
    headers.emplace_back("Access-Control-Allow-Origin", "*");
    return;
  }
  headers.emplace_back("Access-Control-Allow-Origin", origin);
  headers.emplace_back("Vary", "Origin");
}

void AddPreflightHeaders(const HttpRequest& request, HttpHeaders& headers) {
  if (request.Header("Access-Control-Request-Method") == nullptr) return;
  if (const std::string* wanted = request.Header("Access-Control-Request-Headers")) {
    headers.emplace_back("Access-Control-Allow-Headers", SortedLowerCase(*wanted));
  }
  headers.emplace_back("Access-Control-Allow-Methods",
                       "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
}

}  // namespace brink::protocols::seldon_v1

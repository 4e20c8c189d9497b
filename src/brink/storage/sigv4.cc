#include "brink/storage/sigv4.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <vector>

#include "brink/base/sha256.h"
#include "brink/storage/crypto.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

constexpr const char* kAlgorithm = "AWS4-HMAC-SHA256";

std::string Sha(const std::string& text) { return Sha256Hex(std::as_bytes(std::span(text))); }

std::string TimeText(std::time_t now) {
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  const size_t size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
  return {text.data(), size};
}

std::string SortedQuery(const std::string& query) {
  std::vector<std::string> pairs;
  for (size_t begin = 0; begin < query.size();) {
    const size_t end = std::min(query.find('&', begin), query.size());
    std::string pair = query.substr(begin, end - begin);
    if (pair.find('=') == std::string::npos) pair += '=';
    pairs.push_back(std::move(pair));
    begin = end + 1;
  }
  std::sort(pairs.begin(), pairs.end());
  std::string sorted;
  for (const std::string& pair : pairs) sorted += (sorted.empty() ? "" : "&") + pair;
  return sorted;
}

}  // namespace

void SignV4(Request& request, const AwsCredentials& credentials, std::time_t now) {
  const UriParts url = SplitUri(request.url);
  const std::string time = TimeText(now);
  const std::string date = time.substr(0, 8);
  const std::string body_digest = Sha("");
  std::map<std::string, std::string> headers = {
      {"host", url.authority}, {"x-amz-content-sha256", body_digest}, {"x-amz-date", time}};
  if (!credentials.session_token.empty()) {
    headers["x-amz-security-token"] = credentials.session_token;
  }
  std::string lines;
  std::string names;
  for (const auto& [name, value] : headers) {
    lines.append(name).append(":").append(value).append("\n");
    names.append(names.empty() ? "" : ";").append(name);
    if (name == "host") continue;
    std::string header = name;
    header.append(": ").append(value);
    request.headers.push_back(std::move(header));
  }
  const std::string canonical = request.method + "\n/" + url.path + "\n" + SortedQuery(url.query) +
                                "\n" + lines + "\n" + names + "\n" + body_digest;
  const std::string scope =
      date + "/" + credentials.region + "/" + credentials.service + "/aws4_request";
  const std::string text =
      std::string(kAlgorithm) + "\n" + time + "\n" + scope + "\n" + Sha(canonical);
  std::string key = HmacSha256("AWS4" + credentials.secret_key, date);
  for (const std::string& part :
       {credentials.region, credentials.service, std::string("aws4_request")}) {
    key = HmacSha256(key, part);
  }
  request.headers.push_back(
      "Authorization: " + std::string(kAlgorithm) + " Credential=" + credentials.access_key + "/" +
      scope + ", SignedHeaders=" + names + ", Signature=" + HexOf(HmacSha256(key, text)));
}

}  // namespace brink::storage

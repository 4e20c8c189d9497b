#include "brink/storage/uri.h"

#include <algorithm>
#include <cctype>

#include "brink/base/percent.h"
#include "brink/storage/storage.h"

namespace brink::storage {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "a=1&b" becomes "a=***&b".
std::string HiddenQuery(std::string_view query) {
  std::string shown;
  while (true) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const size_t equals = pair.find('=');
    shown += pair.substr(0, equals);
    if (equals != std::string_view::npos) shown += "=***";
    if (end == std::string_view::npos) return shown;
    shown += '&';
    query.remove_prefix(end + 1);
  }
}

}  // namespace

std::string SchemeOf(std::string_view uri) {
  const size_t colon = uri.find_first_of(":/?#");
  if (colon == std::string_view::npos || uri[colon] != ':' || colon == 0) return "";
  std::string scheme(uri.substr(0, colon));
  const bool valid = IsLetter(scheme[0]) && std::all_of(scheme.begin(), scheme.end(), [](char c) {
                       return IsLetter(c) || IsDigit(c) || c == '+' || c == '-' || c == '.';
                     });
  if (!valid) return "";
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return scheme;
}

std::string PercentEncoded(std::string_view text, std::string_view keep) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool plain = IsLetter(c) || IsDigit(c) || c == '-' || c == '.' || c == '_' || c == '~' ||
                       keep.find(c) != std::string_view::npos;
    if (plain) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4];
    encoded += kDigits[byte & 15];
  }
  return encoded;
}

UriParts SplitUri(std::string_view uri) {
  UriParts parts{.scheme = SchemeOf(uri), .authority = "", .path = "", .query = ""};
  uri.remove_prefix(parts.scheme.empty() ? 0 : parts.scheme.size() + 1);
  uri = uri.substr(0, uri.find('#'));
  if (const size_t question = uri.find('?'); question != std::string_view::npos) {
    parts.query = uri.substr(question + 1);
    uri = uri.substr(0, question);
  }
  if (uri.starts_with("//")) {
    uri.remove_prefix(2);
    const size_t slash = std::min(uri.find('/'), uri.size());
    parts.authority = uri.substr(0, slash);
    uri.remove_prefix(slash);
  }
  while (uri.starts_with('/')) uri.remove_prefix(1);
  parts.path = uri;
  return parts;
}

std::string FileNameOf(std::string_view uri) {
  constexpr size_t kLongest = 100;
  uri = uri.substr(0, uri.find_first_of("?#"));
  const size_t authority = uri.find("://");
  if (authority != std::string_view::npos) uri.remove_prefix(authority + 3);
  const size_t slash = uri.rfind('/');
  if (slash == std::string_view::npos) return "model";
  std::string name = PercentDecoded(uri.substr(slash + 1));
  if (name.size() > kLongest) name = name.substr(name.size() - kLongest);  // keeps the extension
  for (char& c : name) {
    if (!IsLetter(c) && !IsDigit(c) && c != '.' && c != '_' && c != '-') c = '_';
  }
  if (!name.empty() && name[0] == '.') name[0] = '_';
  return name.empty() ? "model" : name;
}

std::string Redact(std::string_view uri) {
  const std::string scheme = SchemeOf(uri);
  if (scheme.empty() || scheme == "file") return std::string(uri);
  uri = uri.substr(0, uri.find('#'));
  const size_t question = uri.find('?');
  const std::string_view address = uri.substr(0, question);
  std::string shown(address.substr(0, scheme.size() + 1));
  std::string_view rest = address.substr(scheme.size() + 1);
  for (bool has_user = true; has_user;) {
    // libcurl takes any number of slashes before the host, so they may follow a user, too.
    const size_t slashes = std::min(rest.find_first_not_of('/'), rest.size());
    shown += rest.substr(0, slashes);
    rest.remove_prefix(slashes);
    const size_t at = rest.substr(0, rest.find('/')).rfind('@');
    has_user = at != std::string_view::npos;
    if (has_user) rest.remove_prefix(at + 1);
  }
  shown += rest;
  if (question != std::string_view::npos) shown += "?" + HiddenQuery(uri.substr(question + 1));
  return shown;
}

}  // namespace brink::storage

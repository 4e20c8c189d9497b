#include "brink/storage/rewriting.h"

#include <algorithm>
#include <cctype>

#include "brink/base/percent.h"
#include "brink/base/yaml.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

constexpr std::string_view kDigest = "#sha256=";

std::string Mirrored(const std::string& uri, const Mirrors& mirrors) {
  const std::pair<std::string, std::string>* chosen = nullptr;
  for (const auto& mirror : mirrors) {
    const bool longer = chosen == nullptr || mirror.first.size() > chosen->first.size();
    if (uri.starts_with(mirror.first) && longer) chosen = &mirror;
  }
  return chosen == nullptr ? uri : chosen->second + uri.substr(chosen->first.size());
}

Status CheckUri(const std::string& uri) {
  if (uri.empty()) return Fail(Code::kInvalidArgument, "the model's URI is empty");
  const bool control =
      std::any_of(uri.begin(), uri.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (control) return Fail(Code::kInvalidArgument, "the model's URI holds a control character");
  return {};
}

// A prefix ends where a part of the path ends: "/srv/models" does not allow
// "/srv/models-of-others".
bool Begins(const std::string& uri, const std::string& prefix) {
  if (!uri.starts_with(prefix)) return false;
  const bool whole = uri.size() == prefix.size() || prefix.ends_with('/') || prefix.ends_with(':');
  return whole || uri[prefix.size()] == '/';
}

// ".." and escapes could lead out of a prefix that the text begins with.
bool LeadsElsewhere(const std::string& uri) {
  const std::string decoded = "/" + PercentDecoded(uri.substr(0, uri.find_first_of("?#"))) + "/";
  return decoded.find("/../") != std::string::npos || decoded.find('\\') != std::string::npos;
}

Status CheckAllowed(const std::string& uri, const FetchOptions& options) {
  if (options.allowed.empty()) return {};
  const bool allowed =
      !LeadsElsewhere(uri) && std::any_of(options.allowed.begin(), options.allowed.end(),
                                          [&](const auto& prefix) { return Begins(uri, prefix); });
  if (allowed) return {};
  return Fail(Code::kPermissionDenied,
              Redact(uri) + ": not below a prefix that models may be loaded from");
}

Result<Mirrors> ReadMirrors(const yaml::Node& list) {
  Mirrors mirrors;
  if (list.kind != yaml::Node::Kind::kList) return yaml::Unfit(list, "rewrite", "a list");
  for (const yaml::Node& item : list.items) {
    BRINK_ASSIGN(yaml::MapReader rule, yaml::MapReader::Open(item, "rewrite"));
    BRINK_ASSIGN(const yaml::Node* from, rule.Need("from"));
    BRINK_ASSIGN(const yaml::Node* to, rule.Need("to"));
    BRINK_TRY(rule.Finish());
    BRINK_ASSIGN(std::string from_text, yaml::AsText(*from, "rewrite.from"));
    BRINK_ASSIGN(std::string to_text, yaml::AsText(*to, "rewrite.to"));
    if (from_text.empty()) return yaml::Unfit(*from, "rewrite.from", "the beginning of a URI");
    mirrors.emplace_back(std::move(from_text), std::move(to_text));
  }
  return mirrors;
}

}  // namespace

Result<Rewritten> Rewrite(const std::string& uri, const FetchOptions& options) {
  BRINK_TRY(CheckUri(uri));
  Rewritten rewritten{.uri = uri, .mirrored = false, .sha256 = std::nullopt};
  if (const size_t hash = uri.rfind(kDigest); hash != std::string::npos) {
    std::string digest = uri.substr(hash + kDigest.size());
    for (char& c : digest) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (digest.size() != 64 || digest.find_first_not_of("0123456789abcdef") != std::string::npos) {
      return Fail(Code::kInvalidArgument, Redact(uri) + ": want 64 hex digits after #sha256=");
    }
    rewritten.sha256 = digest;
    rewritten.uri = uri.substr(0, hash);
  }
  const std::string before = rewritten.uri;
  BRINK_TRY(CheckAllowed(before, options));
  rewritten.uri = Mirrored(before, options.mirrors);
  rewritten.mirrored = rewritten.uri != before;
  BRINK_TRY(CheckUri(rewritten.uri));
  return rewritten;
}

Result<Mirrors> ParseMirrors(const std::vector<std::string>& texts) {
  Mirrors mirrors;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      return Fail(Code::kInvalidArgument,
                  "mirror '" + Redact(text) + "': want FROM=TO, as in https://example.com/=/srv/");
    }
    mirrors.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return mirrors;
}

Result<Rules> ParseRules(std::string_view text) {
  Rules rules;
  BRINK_ASSIGN(const yaml::Node root, yaml::Parse(text));
  BRINK_ASSIGN(yaml::MapReader reader, yaml::MapReader::Open(root, ""));
  const yaml::Node* rewrite = reader.Take("rewrite");
  const yaml::Node* allow = reader.Take("allow");
  BRINK_TRY(reader.Finish());
  if (rewrite != nullptr) {
    BRINK_ASSIGN(rules.mirrors, ReadMirrors(*rewrite));
  }
  if (allow == nullptr) return rules;
  if (allow->kind != yaml::Node::Kind::kList) return yaml::Unfit(*allow, "allow", "a list");
  for (const yaml::Node& item : allow->items) {
    BRINK_ASSIGN(std::string prefix, yaml::AsText(item, "allow"));
    if (prefix.empty()) return yaml::Unfit(item, "allow", "the beginning of a URI");
    rules.allowed.push_back(std::move(prefix));
  }
  return rules;
}

Result<Offline> ParseOffline(std::string_view text) {
  if (text == "ok") return Offline::kOk;
  if (text == "never") return Offline::kNever;
  if (text == "only") return Offline::kOnly;
  return Fail(Code::kInvalidArgument, "want ok, never or only, got '" + std::string(text) + "'");
}

}  // namespace brink::storage

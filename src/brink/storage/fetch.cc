#include <algorithm>

#include "brink/storage/delivery.h"
#include "brink/storage/scheme.h"
#include "brink/storage/storage.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

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

Result<Fetched> FetchChecked(const std::string& source, const FetchOptions& options) {
  BRINK_ASSIGN(const Scheme* scheme, FindScheme(source));
  BRINK_ASSIGN(Fetched fetched, scheme->fetch(source, options));
  if (options.sha256 && fetched.sha256 != *options.sha256) {
    const std::string got = fetched.sha256.empty() ? "a folder" : fetched.sha256;
    return Fail(Code::kDataLoss, "SHA-256: want " + *options.sha256 + ", got " + got);
  }
  return fetched;
}

}  // namespace

Result<Fetched> Fetch(const std::string& uri, const FetchOptions& options) {
  BRINK_TRY(CheckUri(uri));
  const std::string source = Mirrored(uri, options.mirrors);
  BRINK_TRY(CheckUri(source));
  Result<Fetched> fetched = FetchChecked(source, options);
  if (!fetched) {
    std::string where = Redact(uri);
    if (source != uri) where += " (read at " + Redact(source) + ")";
    return Fail(fetched.error().Within(where));
  }
  fetched->source = Redact(source);
  return fetched;
}

Result<Delivered> FetchInto(const std::string& uri, const std::string& folder,
                            const FetchOptions& options) {
  BRINK_ASSIGN(Fetched fetched, Fetch(uri, options));
  BRINK_ASSIGN(Delivery delivery, Delivery::Open(folder, options.cancelled));
  BRINK_TRY(delivery.Copy(fetched.path));
  BRINK_ASSIGN(Delivered delivered, delivery.Finish());
  delivered.fetched = std::move(fetched);
  return delivered;
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

}  // namespace brink::storage

// http: and https:, through the cache.
#include <algorithm>

#include "brink/base/log.h"
#include "brink/base/sha256.h"
#include "brink/storage/cache.h"
#include "brink/storage/http_get.h"
#include "brink/storage/scheme.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

// With a copy at hand a dead network is found out soon.
constexpr std::chrono::milliseconds kConnectTimeoutWithCopy{5'000};

Fetched FromCache(const Cache& cache, const CacheEntry& entry) {
  return {.path = cache.PathOf(entry), .sha256 = entry.sha256, .from_cache = true};
}

bool IsUnreachable(Code code) {
  return code == Code::kUnavailable || code == Code::kDeadlineExceeded;
}

// Reads `uri` into the cache; with `known` only if the source has something else by now.
Result<Fetched> Download(const std::string& uri, const FetchOptions& options, const Cache& cache,
                         const std::optional<CacheEntry>& known) {
  BRINK_ASSIGN(AtomicFile file, cache.NewFile(uri));
  Sha256 digest;
  CacheEntry entry{.name = FileNameOf(uri)};
  HttpGet request{.url = uri, .sink = [&](std::span<const std::byte> piece) {
                    digest.Update(piece);
                    entry.size += piece.size();
                    return file.Append(piece);
                  }};
  if (known) {
    request.etag = known->etag;
    request.last_modified = known->last_modified;
  }
  BRINK_ASSIGN(HttpGot got, Get(request, options));
  if (got.not_modified) return FromCache(cache, *known);
  entry.sha256 = digest.HexDigest();
  if (options.sha256 && entry.sha256 != *options.sha256) {
    return Fail(Code::kDataLoss, "SHA-256: want " + *options.sha256 + ", got " + entry.sha256);
  }
  entry.etag = std::move(got.etag);
  entry.last_modified = std::move(got.last_modified);
  BRINK_TRY(cache.Store(uri, std::move(file), entry));
  return Fetched{.path = cache.PathOf(entry), .sha256 = entry.sha256};
}

}  // namespace

Result<Fetched> FetchHttp(const std::string& uri, const FetchOptions& options) {
  std::string dir = options.cache_dir;
  if (dir.empty()) {
    BRINK_ASSIGN(dir, DefaultCacheDir());
  }
  BRINK_ASSIGN(const Cache cache, Cache::Open(dir));
  const std::optional<CacheEntry> known = cache.Find(uri);
  if (!known) return Download(uri, options, cache, known);
  if (options.sha256 && known->sha256 == *options.sha256) return FromCache(cache, *known);
  FetchOptions hasty = options;
  hasty.connect_timeout = std::min(options.connect_timeout, kConnectTimeoutWithCopy);
  Result<Fetched> fetched = Download(uri, hasty, cache, known);
  const bool wanted = !options.sha256 || known->sha256 == *options.sha256;
  if (fetched || !IsUnreachable(fetched.error().code) || !wanted) return fetched;
  log::Warn("the source cannot be reached, its cached copy is used",
            {{"uri", Redact(uri)}, {"cause", fetched.error().message}});
  return FromCache(cache, *known);
}

}  // namespace brink::storage

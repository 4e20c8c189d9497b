#include <algorithm>
#include <filesystem>

#include "brink/base/base64.h"
#include "brink/base/file.h"
#include "brink/base/log.h"
#include "brink/storage/crypto.h"
#include "brink/storage/delivery.h"
#include "brink/storage/digest.h"
#include "brink/storage/http_error.h"
#include "brink/storage/item_name.h"
#include "brink/storage/obtain.h"
#include "brink/storage/rewriting.h"
#include "brink/storage/scheme.h"
#include "brink/storage/storage.h"

namespace brink::storage {
namespace {

using Clock = std::chrono::steady_clock;

// With a copy at hand a dead network is found out soon.
constexpr std::chrono::milliseconds kPatienceWithCopy{5'000};
constexpr size_t kLongestSignature = 4096;
constexpr size_t kSignatureBytes = 64;

// What is fetched: on this machine already, or in the cache by now.
struct Brought {
  std::string path;  // not empty: on this machine already
  Obtained obtained;
  std::string shown;  // the URI that was read
  std::string uri;    // the same, with its secrets
};

bool AllThere(const Cache& cache, const Manifest& manifest) {
  return manifest.complete && std::all_of(manifest.entries.begin(), manifest.entries.end(),
                                          [&](const auto& entry) { return cache.Has(entry); });
}

bool IsWanted(const Manifest& manifest, const FetchOptions& options) {
  return !options.sha256 ||
         (manifest.entries.size() == 1 && manifest.entries[0].sha256 == *options.sha256);
}

Obtained FromCache(Manifest manifest, const FetchOptions& options) {
  for (CacheEntry& entry : manifest.entries) {
    const bool archive = manifest.entries.size() == 1 && IsArchiveName(entry.name);
    entry.unpack = options.unpack && (entry.unpack || archive);
  }
  return {.manifest = std::move(manifest), .from_cache = true};
}

Result<Obtained> ObtainOrRemember(const std::string& uri, Source& source, const Cache& cache,
                                  const FetchOptions& options) {
  const auto deadline =
      options.deadline.count() > 0 ? Clock::now() + options.deadline : Clock::time_point::max();
  const std::optional<Manifest> known = cache.Find(uri);
  const bool usable =
      options.offline != Offline::kNever && known && known->complete && IsWanted(*known, options);
  if (options.offline == Offline::kOnly) {
    if (usable && AllThere(cache, *known)) return FromCache(*known, options);
    return Fail(Code::kUnavailable, "not fetched before, and the network is not to be used");
  }
  if (!usable) return Obtain(uri, source, cache, options, deadline);
  FetchOptions hasty = options;
  hasty.connect_timeout = std::min(options.connect_timeout, kPatienceWithCopy);
  hasty.patience = std::min(options.patience, kPatienceWithCopy);
  Result<Obtained> obtained = Obtain(uri, source, cache, hasty, deadline);
  if (obtained || !CanBeTriedAgain(obtained.error())) return obtained;
  if (!AllThere(cache, *known)) return Obtain(uri, source, cache, options, deadline);
  log::Warn("the source cannot be reached, its cached copy is used",
            {{"uri", Redact(uri)}, {"cause", obtained.error().message}});
  return FromCache(*known, options);
}

Status CheckDigest(const Brought& brought, const FetchOptions& options, std::string& digest) {
  const auto& entries = brought.obtained.manifest.entries;
  if (brought.path.empty()) {
    digest = entries.size() == 1 ? entries[0].sha256 : "";
  } else if ((options.digest_local || options.sha256 || !options.signature_key.empty()) &&
             !std::filesystem::is_directory(brought.path)) {
    BRINK_ASSIGN(digest, FileSha256(brought.path));
  }
  if (!options.sha256 || digest == *options.sha256) return {};
  const std::string got = digest.empty() ? "a folder" : digest;
  return Fail(Code::kDataLoss, "SHA-256: want " + *options.sha256 + ", got " + got);
}

// The signature lies beside the content, at its source.
Status CheckSignature(const std::string& uri, const std::string& digest, const std::string& dir,
                      const FetchOptions& options) {
  if (options.signature_key.empty()) return {};
  if (digest.empty()) return Fail(Code::kInvalidArgument, "a signature is of one file");
  FetchOptions small{.cache_dir = dir,
                     .offline = options.offline,
                     .max_bytes = kLongestSignature,
                     .unpack = false,
                     .ca_file = options.ca_file,
                     .connect_timeout = options.connect_timeout,
                     .stall_timeout = options.stall_timeout,
                     .patience = options.patience,
                     .environment = options.environment,
                     .cancelled = options.cancelled};
  BRINK_ASSIGN(const Fetched fetched, Fetch(uri + ".sig", small));
  BRINK_ASSIGN(std::string signature, ReadTextFile(fetched.path, kLongestSignature));
  if (signature.size() != kSignatureBytes) {
    signature = base64::Decode(signature).value_or("");
  }
  BRINK_ASSIGN(const bool right, VerifyEd25519(options.signature_key, digest, signature));
  if (right) return {};
  return Fail(Code::kDataLoss, "the signature is not the key's of this content");
}

// The path of what is there, for whoever reads it where it lies.
Result<Fetched> Settle(const Brought& brought, const Cache* cache, const FetchOptions& options) {
  Fetched fetched{.path = brought.path,
                  .sha256 = "",
                  .from_cache = brought.obtained.from_cache,
                  .source = brought.shown,
                  .lease = nullptr};
  BRINK_TRY(CheckDigest(brought, options, fetched.sha256));
  if (cache == nullptr) return fetched;
  BRINK_ASSIGN(fetched.path, PathOfAll(*cache, brought.obtained.manifest, options));
  const std::filesystem::path path(fetched.path);
  const bool tree = std::filesystem::is_directory(path);
  fetched.lease = cache->Lease(tree ? path : path.parent_path());
  return fetched;
}

Result<Fetched> FetchRewritten(const std::string& uri, const FetchOptions& options) {
  BRINK_ASSIGN(Opened opened, Open(uri, options));
  Brought brought{.path = opened.path, .obtained = {}, .shown = Redact(uri), .uri = uri};
  if (!opened.source) {
    BRINK_ASSIGN(Fetched local, Settle(brought, nullptr, options));
    BRINK_TRY(CheckSignature(uri, local.sha256, options.cache_dir, options));
    local.lease = opened.keep;
    return local;
  }
  std::string dir = options.cache_dir;
  if (dir.empty()) {
    BRINK_ASSIGN(dir, DefaultCacheDir());
  }
  Result<Fetched> fetched = Fail(Code::kInternal, "");
  {
    BRINK_ASSIGN(const Cache cache, Cache::Open(dir, options.cancelled));
    BRINK_ASSIGN(brought.obtained, ObtainOrRemember(uri, *opened.source, cache, options));
    fetched = Settle(brought, &cache, options);
  }
  if (fetched) BRINK_TRY(CheckSignature(uri, fetched->sha256, dir, options));
  if (options.cache_bytes > 0) CollectGarbage(dir, options.cache_bytes);
  return fetched;
}

Result<Delivered> Deliver(const Brought& brought, const Cache* cache, bool own_cache,
                          Delivery& delivery, const FetchOptions& options) {
  Delivered delivered;
  delivered.fetched.from_cache = brought.obtained.from_cache;
  delivered.fetched.source = brought.shown;
  BRINK_TRY(CheckDigest(brought, options, delivered.fetched.sha256));
  BRINK_TRY(CheckSignature(brought.uri, delivered.fetched.sha256,
                           cache != nullptr ? cache->dir() : delivery.StorePath(), options));
  if (cache == nullptr) {
    const bool archive = options.unpack && IsArchiveName(brought.path) &&
                         !std::filesystem::is_directory(brought.path);
    BRINK_TRY(archive ? delivery.Unpack(brought.path, "", options) : delivery.Copy(brought.path));
  }
  for (const CacheEntry& entry : brought.obtained.manifest.entries) {
    const std::string path = cache->PathOf(entry);
    if (entry.unpack) {
      BRINK_TRY(delivery.Unpack(path, entry.only_below, options));
    } else {
      // A cache of others keeps its file: what lies in the folder may be written to.
      BRINK_TRY(own_cache ? delivery.Link(path, entry.name) : delivery.CopyFile(path, entry.name));
    }
  }
  BRINK_ASSIGN(const Delivered placed, delivery.Finish());
  delivered.files = placed.files;
  delivered.bytes = placed.bytes;
  return delivered;
}

Result<Delivered> FetchRewrittenInto(const std::string& uri, const std::string& folder,
                                     const FetchOptions& options) {
  BRINK_ASSIGN(Opened opened, Open(uri, options));
  Brought brought{.path = opened.path, .obtained = {}, .shown = Redact(uri), .uri = uri};
  BRINK_ASSIGN(Delivery delivery, Delivery::Open(folder, options.cancelled));
  if (!opened.source) return Deliver(brought, nullptr, false, delivery, options);
  const bool own = options.cache_dir.empty();
  const std::string dir = own ? delivery.StorePath() : options.cache_dir;
  Result<Delivered> delivered = Fail(Code::kInternal, "");
  {
    BRINK_ASSIGN(const Cache cache, Cache::Open(dir, options.cancelled));
    BRINK_ASSIGN(brought.obtained, ObtainOrRemember(uri, *opened.source, cache, options));
    delivered = Deliver(brought, &cache, own, delivery, options);
  }
  if (!own && options.cache_bytes > 0) CollectGarbage(dir, options.cache_bytes);
  return delivered;
}

// Calls `fetch` with what `uri` means after rules and fragment; errors name the URI.
template <class T, class F>
Result<T> WithRewritten(const std::string& uri, const FetchOptions& options, const F& fetch) {
  BRINK_ASSIGN(const Rewritten rewritten, Rewrite(uri, options));
  FetchOptions adapted = options;
  if (rewritten.sha256) adapted.sha256 = rewritten.sha256;
  Result<T> result = fetch(rewritten.uri, adapted);
  if (result) return result;
  std::string where = Redact(uri);
  if (rewritten.mirrored) where += " (read at " + Redact(rewritten.uri) + ")";
  return Fail(result.error().Within(where));
}

}  // namespace

Result<Fetched> Fetch(const std::string& uri, const FetchOptions& options) {
  return WithRewritten<Fetched>(uri, options, FetchRewritten);
}

Result<Delivered> FetchInto(const std::string& uri, const std::string& folder,
                            const FetchOptions& options) {
  return WithRewritten<Delivered>(uri, options,
                                  [&](const std::string& source, const FetchOptions& adapted) {
                                    return FetchRewrittenInto(source, folder, adapted);
                                  });
}

}  // namespace brink::storage

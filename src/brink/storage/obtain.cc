#include "brink/storage/obtain.h"

#include "brink/storage/curl_handle.h"
#include "brink/storage/download.h"
#include "brink/storage/item_name.h"

namespace brink::storage {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kBetweenRecords{1};

class Obtaining {
 public:
  Obtaining(std::string uri, Source& source, const Cache& cache, const FetchOptions& options,
            Clock::time_point deadline)
      : uri_(std::move(uri)),
        source_(source),
        cache_(cache),
        options_(options),
        deadline_(deadline),
        connections_(curl_multi_init()) {}

  Result<Obtained> Run() {
    known_ = cache_.Find(uri_).value_or(Manifest{});
    BRINK_ASSIGN(std::vector<Item> items, source_.List(options_));
    BRINK_TRY(Check(items));
    Obtained obtained{.manifest = {}, .from_cache = true};
    auto remembered = Clock::now();
    for (const Item& item : items) {
      Result<CacheEntry> entry = Bring(item);
      if (!entry) {
        if (!obtained.manifest.entries.empty()) BRINK_TRY(cache_.Remember(uri_, obtained.manifest));
        if (items.size() == 1) return Fail(entry.error());
        return Fail(entry.error().Within(item.name));
      }
      obtained.manifest.entries.push_back(std::move(*entry));
      before_ += obtained.manifest.entries.back().size;
      if (Clock::now() - remembered < kBetweenRecords) continue;
      // A killed process's successor finds what is whole already.
      BRINK_TRY(cache_.Remember(uri_, obtained.manifest));
      remembered = Clock::now();
    }
    obtained.manifest.complete = true;
    obtained.from_cache = !downloaded_;
    BRINK_TRY(cache_.Remember(uri_, obtained.manifest));
    return obtained;
  }

 private:
  Status Check(std::vector<Item>& items) {
    if (items.empty()) return Fail(Code::kNotFound, "nothing there");
    if (items.size() > static_cast<size_t>(options_.max_files)) {
      return Fail(Code::kResourceExhausted,
                  "more than the limit of " + std::to_string(options_.max_files) + " files");
    }
    total_ = 0;
    for (Item& item : items) {
      if (!IsSafeName(item.name)) {
        return Fail(Code::kDataLoss, "an object's name cannot be a file's here: '" +
                                         Redact(item.name.substr(0, 200)) + "'");
      }
      if (item.bytes < 0) total_ = -1;
      if (total_ >= 0) total_ += item.bytes;
      if (total_ > 0 && static_cast<uint64_t>(total_) > options_.max_bytes) {
        return Fail(Code::kResourceExhausted,
                    "longer than the limit of " + std::to_string(options_.max_bytes) + " bytes");
      }
      const bool archive = items.size() == 1 && IsArchiveName(item.name);
      item.unpack = options_.unpack && (item.unpack || archive);
    }
    single_ = items.size() == 1;
    return {};
  }

  std::string WantedDigest(const Item& item) const {
    return single_ && options_.sha256 ? *options_.sha256 : item.sha256;
  }

  static CacheEntry EntryOf(const Item& item) {
    return {.name = item.name,
            .sha256 = item.sha256,
            .unpack = item.unpack,
            .only_below = item.only_below};
  }

  // What can be had without asking for the content.
  std::optional<CacheEntry> AtHand(const Item& item, const std::optional<CacheEntry>& known,
                                   const std::string& wanted) const {
    if (known && !wanted.empty() && known->sha256 == wanted) return known;
    CacheEntry entry = EntryOf(item);
    entry.sha256 = wanted.empty() ? cache_.FindContent(item.content_id).value_or("") : wanted;
    if (entry.sha256.empty()) return std::nullopt;
    entry.size = item.bytes >= 0 ? item.bytes : cache_.SizeOf(entry).value_or(-1);
    return entry.size >= 0 && cache_.Has(entry) ? std::optional(entry) : std::nullopt;
  }

  std::optional<CacheEntry> Known(const Item& item) const {
    const Manifest fresh = single_ ? cache_.Find(uri_).value_or(Manifest{}) : Manifest{};
    const CacheEntry* entry = single_ ? fresh.Find(item.name) : known_.Find(item.name);
    if (entry == nullptr || !cache_.Has(*entry)) return std::nullopt;
    CacheEntry known = *entry;
    known.unpack = item.unpack;
    known.only_below = item.only_below;
    return known;
  }

  Result<CacheEntry> Bring(const Item& item) {
    const std::string prefix = cache_.PartialPrefix(uri_, item);
    BRINK_ASSIGN(const FileLock lock,
                 FileLock::Wait(prefix + ".lock", FileLock::Kind::kExclusive, options_.cancelled));
    const std::optional<CacheEntry> known = Known(item);
    const std::string wanted = WantedDigest(item);
    if (const auto entry = AtHand(item, known, wanted)) return *entry;
    BRINK_ASSIGN(PartialFile file, PartialFile::Open(prefix));
    Result<CacheEntry> entry = Load(item, known, wanted, file);
    // What cannot be gone on with is of no use to anybody.
    const bool tellable = !file.version().IfRange().empty() || !wanted.empty();
    if (!entry && (file.done().Bytes() == 0 || !tellable)) file.Remove();
    return entry;
  }

  Result<CacheEntry> Load(const Item& item, const std::optional<CacheEntry>& known,
                          const std::string& wanted, PartialFile& file) {
    DownloadTask task{.source = &source_,
                      .item = &item,
                      .file = &file,
                      .connections = connections_.get(),
                      .wanted_sha256 = wanted,
                      .deadline = deadline_};
    if (known) task.known = {.etag = known->etag, .last_modified = known->last_modified};
    task.on_progress = [this](int64_t bytes, int64_t total) { Tell(bytes, total); };
    BRINK_ASSIGN(const Downloaded got, Download(task, options_));
    if (got.not_modified) {
      file.Remove();
      return *known;
    }
    CacheEntry entry = EntryOf(item);
    entry.sha256 = got.sha256;
    entry.size = got.version.total;
    entry.etag = got.version.etag;
    entry.last_modified = got.version.last_modified;
    BRINK_TRY(cache_.Store(file, entry, item.content_id));
    downloaded_ = true;
    return entry;
  }

  void Tell(int64_t bytes, int64_t total) const {
    if (!options_.on_progress) return;
    Progress progress{.bytes = static_cast<uint64_t>(before_ + bytes), .total = std::nullopt};
    const int64_t all = single_ ? total : total_;
    if (all >= 0) progress.total = static_cast<uint64_t>(all);
    options_.on_progress(progress);
  }

  std::string uri_;
  Source& source_;
  const Cache& cache_;
  const FetchOptions& options_;
  Clock::time_point deadline_;
  std::unique_ptr<CURLM, FreeMulti> connections_;
  Manifest known_;
  int64_t total_ = 0;   // of all items; -1: not told
  int64_t before_ = 0;  // bytes of the items that are there
  bool single_ = true;
  bool downloaded_ = false;
};

}  // namespace

Result<Obtained> Obtain(const std::string& uri, Source& source, const Cache& cache,
                        const FetchOptions& options,
                        std::chrono::steady_clock::time_point deadline) {
  return Obtaining(uri, source, cache, options, deadline).Run();
}

}  // namespace brink::storage

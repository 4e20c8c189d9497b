#include "brink/storage/partial_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "brink/base/file.h"
#include "brink/base/json.h"

namespace brink::storage {
namespace {

// How much may be lost to a power cut.
constexpr int64_t kUnflushedBytes = int64_t{256} << 20;

tl::unexpected<Error> FailErrno(const std::string& path, const char* action, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  const bool forbidden = error == EACCES || error == EPERM || error == EROFS;
  const Code code = full        ? Code::kResourceExhausted
                    : forbidden ? Code::kPermissionDenied
                                : Code::kInternal;
  return Fail(code, path + ": cannot " + action + ": " + std::system_category().message(error));
}

// Tells one running of the machine from the next: what the kernel holds outlives a process only.
std::string BootId() {
  const auto text = ReadTextFile("/proc/sys/kernel/random/boot_id", 100);
  return text ? text->substr(0, text->find('\n')) : "";
}

json::Value ToJson(const RangeSet& set) {
  json::Array ranges;
  for (const ByteRange& range : set.ranges()) {
    ranges.emplace_back(json::Array{range.begin, range.end});
  }
  return ranges;
}

// What is no list of ranges within [0, size) is no range at all.
RangeSet FromJson(const json::Value* value, int64_t size) {
  RangeSet set;
  const json::Array* ranges = value != nullptr ? value->get<json::Array>() : nullptr;
  if (ranges == nullptr) return set;
  for (const json::Value& item : *ranges) {
    const json::Array* pair = item.get<json::Array>();
    if (pair == nullptr || pair->size() != 2) return {};
    const int64_t* begin = (*pair)[0].get<int64_t>();
    const int64_t* end = (*pair)[1].get<int64_t>();
    if (begin == nullptr || end == nullptr || *begin < 0 || *end > size) return {};
    set.Add(*begin, *end);
  }
  return set;
}

std::string TextOf(const json::Value& object, std::string_view key) {
  const json::Value* value = object.Find(key);
  const std::string* text = value != nullptr ? value->get<std::string>() : nullptr;
  const bool line = text != nullptr && text->find_first_of("\r\n") == std::string::npos;
  return line ? *text : "";
}

}  // namespace

std::string Version::IfRange() const {
  return !etag.empty() && !etag.starts_with("W/") ? etag : last_modified;
}

bool Version::SameAs(const Version& other) const {
  const bool lengths = total < 0 || other.total < 0 || total == other.total;
  if (!etag.empty() || !other.etag.empty()) return lengths && etag == other.etag;
  return lengths && last_modified == other.last_modified;
}

Result<PartialFile> PartialFile::Open(const std::string& prefix) {
  PartialFile file(prefix);
  file.descriptor_ =
      open(file.part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (file.descriptor_ < 0) return FailErrno(file.part_, "open", errno);
  file.boot_id_ = BootId();
  file.Load();
  return file;
}

PartialFile::PartialFile(PartialFile&& other) noexcept
    : part_(std::move(other.part_)),
      state_(std::move(other.state_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      version_(std::move(other.version_)),
      done_(std::move(other.done_)),
      flushed_(std::move(other.flushed_)),
      boot_id_(std::move(other.boot_id_)),
      saved_bytes_(other.saved_bytes_) {}

PartialFile::~PartialFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void PartialFile::Load() {
  struct stat status {};
  const auto text = ReadTextFile(state_, size_t{1} << 20);
  if (!text || fstat(descriptor_, &status) != 0) return;
  const auto state = json::Parse(*text, {.max_depth = 8, .max_values = 100'000});
  if (!state) return;
  version_.etag = TextOf(*state, "etag");
  version_.last_modified = TextOf(*state, "last_modified");
  const json::Value* total = state->Find("total");
  const int64_t* bytes = total != nullptr ? total->get<int64_t>() : nullptr;
  version_.total = bytes != nullptr ? std::max<int64_t>(*bytes, -1) : -1;
  flushed_ = FromJson(state->Find("flushed"), status.st_size);
  const bool same_boot = !boot_id_.empty() && TextOf(*state, "boot") == boot_id_;
  done_ = same_boot ? FromJson(state->Find("done"), status.st_size) : flushed_;
}

Status PartialFile::Restart(const Version& version) {
  version_ = version;
  done_.Clear();
  flushed_.Clear();
  saved_bytes_ = -1;
  // First the record, then the bytes: a record never speaks of bytes of another version.
  unlink(state_.c_str());
  if (ftruncate(descriptor_, 0) != 0) return FailErrno(part_, "truncate", errno);
  return {};
}

Status PartialFile::Write(int64_t offset, std::span<const std::byte> bytes) {
  const int64_t begin = offset;
  while (!bytes.empty()) {
    const ssize_t wrote = pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return FailErrno(part_, "write", errno);
    bytes = bytes.subspan(static_cast<size_t>(wrote));
    offset += wrote;
  }
  done_.Add(begin, offset);
  return {};
}

Status PartialFile::Save() {
  if (done_.Bytes() == saved_bytes_) return {};
  if (done_.Bytes() - flushed_.Bytes() >= kUnflushedBytes) BRINK_TRY(Flush());
  const json::Value state(json::Object{{"boot", boot_id_},
                                       {"done", ToJson(done_)},
                                       {"etag", version_.etag},
                                       {"flushed", ToJson(flushed_)},
                                       {"last_modified", version_.last_modified},
                                       {"total", version_.total}});
  const std::string text = json::Write(state, {.ascii = true});
  // Not WriteFile: its flush would wait for the disk each time.
  const std::string temporary = state_ + ".new";
  const int descriptor =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0) return FailErrno(temporary, "create", errno);
  const ssize_t wrote = write(descriptor, text.data(), text.size());
  const int error = errno;
  close(descriptor);
  if (wrote != static_cast<ssize_t>(text.size())) return FailErrno(temporary, "write", error);
  if (rename(temporary.c_str(), state_.c_str()) != 0) return FailErrno(state_, "replace", errno);
  saved_bytes_ = done_.Bytes();
  return {};
}

Status PartialFile::Flush() {
  if (fsync(descriptor_) != 0) return FailErrno(part_, "flush", errno);
  flushed_ = done_;
  return {};
}

void PartialFile::Remove() {
  unlink(state_.c_str());
  unlink(part_.c_str());
}

}  // namespace brink::storage

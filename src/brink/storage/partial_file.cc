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
#include "brink/base/sha256.h"

namespace brink::storage {
namespace {

// The kernel keeps what one call writes in one run of memory. It has short runs at hand that were
// in use a moment ago; for long ones it takes memory that a virtual machine may have given back to
// its host meanwhile: with 256 KiB a call, copying took up to six times as long.
constexpr size_t kBytesAtOnce = size_t{16} << 10;
// How much may be lost to a power cut, beside what comes during a flush.
constexpr int64_t kUnflushedBytes = int64_t{256} << 20;

// Not the one of base/descriptor.h, whose kUnavailable would have a download tried again.
tl::unexpected<Error> FailLocally(const std::string& path, const char* action, int error) {
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

std::string CheckOf(const json::Object& state) {
  const std::string text = json::Write(json::Value(state), {.ascii = true});
  return Sha256Hex(std::as_bytes(std::span(text)));
}

// Whether it is a state as WriteState made it.
bool IsWhole(const json::Value& value) {
  const json::Object* all = value.get<json::Object>();
  if (all == nullptr) return false;
  json::Object state = *all;
  state.erase("check");
  return TextOf(value, "check") == CheckOf(state);
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
  if (file.descriptor_ < 0) return FailLocally(file.part_, "open", errno);
  file.boot_id_ = BootId();
  file.Load();
  return file;
}

PartialFile::PartialFile(PartialFile&& other) noexcept
    : part_(std::move(other.part_)),
      state_(std::move(other.state_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      state_descriptor_(std::exchange(other.state_descriptor_, -1)),
      state_bytes_(other.state_bytes_),
      version_(std::move(other.version_)),
      done_(std::move(other.done_)),
      flushed_(std::move(other.flushed_)),
      being_flushed_(std::move(other.being_flushed_)),
      flush_(std::move(other.flush_)),
      boot_id_(std::move(other.boot_id_)),
      saved_bytes_(other.saved_bytes_) {}

PartialFile::~PartialFile() {
  if (flush_.valid()) flush_.wait();
  if (descriptor_ >= 0) close(descriptor_);
  if (state_descriptor_ >= 0) close(state_descriptor_);
}

void PartialFile::Load() {
  struct stat status {};
  const auto text = ReadTextFile(state_, size_t{1} << 20);
  if (!text || fstat(descriptor_, &status) != 0) return;
  state_bytes_ = text->size();
  const auto state = json::Parse(*text, {.max_depth = 8, .max_values = 100'000});
  if (!state || !IsWhole(*state)) return;
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
  if (flush_.valid()) flush_.wait();
  flush_ = {};
  version_ = version;
  done_.Clear();
  flushed_.Clear();
  saved_bytes_ = -1;
  // First the record, then the bytes: a record never speaks of bytes of another version.
  RemoveState();
  if (ftruncate(descriptor_, 0) != 0) return FailLocally(part_, "truncate", errno);
  return {};
}

Status PartialFile::Write(int64_t offset, std::span<const std::byte> bytes) {
  const int64_t begin = offset;
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.size(), kBytesAtOnce);
    const ssize_t wrote = pwrite(descriptor_, bytes.data(), size, offset);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return FailLocally(part_, "write", errno);
    bytes = bytes.subspan(static_cast<size_t>(wrote));
    offset += wrote;
  }
  done_.Add(begin, offset);
  return {};
}

Status PartialFile::Save() {
  if (done_.Bytes() == saved_bytes_) return {};
  BRINK_TRY(FlushMeanwhile());
  BRINK_TRY(WriteState());
  saved_bytes_ = done_.Bytes();
  return {};
}

// Over what was there, not beside it and renamed: the end of the file that a rename replaces waits
// for the disk, milliseconds each time. Nothing believes what a power cut left half written, by
// its check.
Status PartialFile::WriteState() {
  json::Object state{{"boot", boot_id_},
                     {"done", ToJson(done_)},
                     {"etag", version_.etag},
                     {"flushed", ToJson(flushed_)},
                     {"last_modified", version_.last_modified},
                     {"total", version_.total}};
  std::string check = CheckOf(state);
  state.emplace("check", std::move(check));
  std::string text = json::Write(json::Value(std::move(state)), {.ascii = true});
  state_bytes_ = std::max(state_bytes_, text.size());
  text.resize(state_bytes_, ' ');  // over the end of a longer one
  if (state_descriptor_ < 0) {
    state_descriptor_ = open(state_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  }
  if (state_descriptor_ < 0) return FailLocally(state_, "create", errno);
  const ssize_t wrote = pwrite(state_descriptor_, text.data(), text.size(), 0);
  if (wrote < 0) return FailLocally(state_, "write", errno);
  if (wrote != static_cast<ssize_t>(text.size())) return FailLocally(state_, "write", ENOSPC);
  return {};
}

// A disk takes a tenth of a second and more for it, in which a fast connection would stand still.
Status PartialFile::FlushMeanwhile() {
  if (flush_.valid()) {
    if (flush_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return {};
    if (const int error = flush_.get(); error != 0) return FailLocally(part_, "flush", error);
    flushed_ = being_flushed_;
  }
  if (done_.Bytes() - flushed_.Bytes() < kUnflushedBytes) return {};
  being_flushed_ = done_;
  flush_ =
      std::async(std::launch::async, [file = descriptor_] { return fsync(file) == 0 ? 0 : errno; });
  return {};
}

Status PartialFile::Flush() {
  // The kernel tells an error once: to whoever asks first.
  if (const int error = flush_.valid() ? flush_.get() : 0; error != 0) {
    return FailLocally(part_, "flush", error);
  }
  if (fsync(descriptor_) != 0) return FailLocally(part_, "flush", errno);
  flushed_ = done_;
  return {};
}

void PartialFile::RemoveState() {
  unlink(state_.c_str());
  if (state_descriptor_ >= 0) close(std::exchange(state_descriptor_, -1));
  state_bytes_ = 0;
}

void PartialFile::Remove() {
  RemoveState();
  unlink(part_.c_str());
}

}  // namespace brink::storage

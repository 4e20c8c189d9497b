#include "brink/camera/sinks/avi_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kHeadEvery{1};

Error SystemError(const std::string& path, const char* action, int error) {
  Code code = Code::kUnavailable;
  if (error == EEXIST) code = Code::kAlreadyExists;
  if (error == ENOENT || error == ENOTDIR) code = Code::kNotFound;
  if (error == EACCES || error == EPERM || error == EROFS) code = Code::kPermissionDenied;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) code = Code::kResourceExhausted;
  return {code, path + ": cannot " + action + ": " + std::system_category().message(error)};
}

}  // namespace

Result<std::unique_ptr<AviFile>> AviFile::Create(const std::string& path, int width, int height) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0) return Fail(SystemError(path, "create", errno));
  return std::unique_ptr<AviFile>(
      new AviFile(path, descriptor, {.width = width, .height = height}));
}

AviFile::AviFile(std::string path, int descriptor, const AviOptions& options)
    : path_(std::move(path)),
      descriptor_(descriptor),
      options_(options),
      head_bytes_(AviHead(options, counts_).size()) {}

AviFile::~AviFile() { static_cast<void>(Finish()); }

uint64_t AviFile::bytes() const { return end() + 8 + counts_.index_bytes(); }

Status AviFile::WriteAt(uint64_t place, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote =
        pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return Fail(SystemError(path_, "write", errno));
    place += static_cast<uint64_t>(wrote);
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return {};
}

Status AviFile::WriteHead() {
  head_written_ = Clock::now();
  return WriteAt(0, AviHead(options_, counts_));
}

Status AviFile::Add(std::string_view jpeg, double fps) {
  if (bytes() + BytesOf(jpeg) > kLongestAvi) {
    return Fail(Code::kResourceExhausted,
                path_ + ": no film is longer than " + std::to_string(kLongestAvi) + " bytes");
  }
  AviCounts counts = counts_;
  chunk_.clear();
  AppendAviPicture(chunk_, index_, jpeg, counts);
  if (Status written = WriteAt(end(), chunk_); !written) {
    index_.resize(counts_.index_bytes());
    return written;
  }
  counts_ = counts;
  options_.fps = fps;
  if (counts_.frames > 1 && Clock::now() - head_written_ < kHeadEvery) return {};
  return WriteHead();
}

Status AviFile::Finish() {
  if (descriptor_ < 0) return {};
  Status status = WriteAt(end(), AviIndex(index_));
  counts_.has_index = status.has_value();
  // Half an index, or half a picture that did not fit, is no part of the film.
  if (!status && ftruncate(descriptor_, static_cast<off_t>(end())) != 0) {
    status = Fail(SystemError(path_, "shorten", errno));
  }
  if (Status head = WriteHead(); status) status = std::move(head);
  if (close(std::exchange(descriptor_, -1)) != 0 && status) {
    status = Fail(SystemError(path_, "close", errno));
  }
  return status;
}

}  // namespace brink::camera

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "brink/camera/sinks/sinks.h"

namespace brink::camera {
namespace {

class JsonLines final : public Sink {
 public:
  JsonLines(std::string path, int descriptor, std::shared_ptr<std::mutex> turn)
      : path_(std::move(path)), descriptor_(descriptor), turn_(std::move(turn)) {}
  ~JsonLines() override {
    if (descriptor_ != STDOUT_FILENO) close(descriptor_);
  }
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;

  Status Take(const Report& report) override {
    line_.clear();
    json::Append(line_, ToJson(report));
    line_ += '\n';
    std::unique_lock<std::mutex> lock;
    if (turn_) lock = std::unique_lock(*turn_);
    for (size_t written = 0; written < line_.size();) {
      const ssize_t count = write(descriptor_, line_.data() + written, line_.size() - written);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        return Fail(errno == EPIPE ? Code::kCancelled : Code::kResourceExhausted,
                    path_ + ": cannot write: " + std::system_category().message(errno));
      }
      written += static_cast<size_t>(count);
    }
    return {};
  }
  std::string name() const override { return "jsonl"; }

 private:
  const std::string path_;
  const int descriptor_;
  const std::shared_ptr<std::mutex> turn_;
  std::string line_;
};

}  // namespace

Result<std::unique_ptr<Sink>> MakeJsonLines(const std::string& path,
                                            std::shared_ptr<std::mutex> turn) {
  if (path == "-") {
    return std::make_unique<JsonLines>("standard output", STDOUT_FILENO, std::move(turn));
  }
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return Fail(errno == ENOENT ? Code::kNotFound : Code::kPermissionDenied,
                path + ": cannot open: " + std::system_category().message(errno));
  }
  return std::make_unique<JsonLines>(path, descriptor, std::move(turn));
}

}  // namespace brink::camera

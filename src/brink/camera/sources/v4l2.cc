#include <utility>

#include "brink/base/log.h"
#include "brink/camera/sources/sources.h"
#include "brink/camera/sources/v4l2_stream.h"

namespace brink::camera {
namespace {

class V4l2 final : public Source {
 public:
  V4l2(std::string path, const SourceOptions& options)
      : path_(std::move(path)), options_(options) {}

  Status Open() override {
    BRINK_ASSIGN(auto device, OpenV4l2Device(path_));
    auto stream = V4l2Stream::Start(std::move(device), options_);
    if (!stream) return Fail(stream.error().Within(path_));
    stream_ = std::move(*stream);
    log::Info("camera opened", {{"device", path_}, {"gives", stream_->description()}});
    return {};
  }
  Result<bool> Read(Frame& frame) override {
    auto read = stream_->Read(frame);
    if (!read) return Fail(read.error().Within(path_));
    return read;
  }
  void Close() override { stream_.reset(); }
  bool is_live() const override { return true; }

 private:
  const std::string path_;
  const SourceOptions options_;
  std::unique_ptr<V4l2Stream> stream_;
};

}  // namespace

Made MakeV4l2(const std::string& path, const SourceOptions& options) {
  return std::make_unique<V4l2>(path, options);
}

}  // namespace brink::camera

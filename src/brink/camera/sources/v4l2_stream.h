// A V4L2 capture stream over memory-mapped buffers (kernel.org, "Video for Linux API": Streaming
// I/O): format, size and rate are negotiated, frames copied out of the driver's buffers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "brink/camera/source.h"
#include "brink/camera/sources/v4l2_device.h"

namespace brink::camera {

class V4l2Stream {
 public:
  // Negotiates and starts. Of the formats that both know the first that gives the wished size at
  // the wished rate wins (NV12, YUV 4:2:0, YUYV, MJPEG: the less there is to decode the better),
  // else the one that comes nearest. Errors say what the device lacks.
  static Result<std::unique_ptr<V4l2Stream>> Start(std::unique_ptr<V4l2Device> device,
                                                   const SourceOptions& options);
  ~V4l2Stream();
  V4l2Stream(const V4l2Stream&) = delete;
  V4l2Stream& operator=(const V4l2Stream&) = delete;

  // As Source::Read. kUnavailable when the device is gone.
  Result<bool> Read(Frame& frame);

  // "1280x720 MJPG at 30 fps"
  const std::string& description() const { return description_; }

 private:
  struct Format {
    uint32_t fourcc = 0;
    int width = 0;
    int height = 0;
    size_t stride = 0;
    bool full_range = false;
    double fps = 0;
  };
  struct Buffer {
    uint8_t* address = nullptr;
    size_t bytes = 0;
  };

  V4l2Stream(std::unique_ptr<V4l2Device> device, const SourceOptions& options)
      : device_(std::move(device)), options_(options) {}
  Status Negotiate();
  std::vector<uint32_t> OfferedFormats();
  Result<Format> Try(uint32_t fourcc);
  double SetRate();
  double Distance(const Format& format) const;
  Status MapBuffers();
  Status Queue(uint32_t index);
  Status CopyOut(const Buffer& buffer, size_t used, Frame& frame) const;
  int WishedWidth() const { return options_.width > 0 ? options_.width : 1280; }
  int WishedHeight() const { return options_.height > 0 ? options_.height : 720; }
  double WishedFps() const { return options_.fps > 0 ? options_.fps : 15; }

  const std::unique_ptr<V4l2Device> device_;
  const SourceOptions options_;
  Format format_;
  std::string description_;
  std::vector<Buffer> buffers_;
  bool streaming_ = false;
};

}  // namespace brink::camera

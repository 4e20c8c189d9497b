#include "brink/camera/sources/v4l2_stream.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <system_error>

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kBuffers = 4;
constexpr uint32_t kMostFormats = 64;
constexpr size_t kLargestBuffer = size_t{256} << 20;
constexpr uint32_t kCapture = V4L2_BUF_TYPE_VIDEO_CAPTURE;

// In order of preference.
constexpr std::array<uint32_t, 5> kFormats = {V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_YUV420,
                                              V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_MJPEG,
                                              V4L2_PIX_FMT_JPEG};

bool IsJpeg(uint32_t fourcc) { return fourcc == V4L2_PIX_FMT_MJPEG || fourcc == V4L2_PIX_FMT_JPEG; }

vision::PixelFormat PixelFormatOf(uint32_t fourcc) {
  if (fourcc == V4L2_PIX_FMT_NV12) return vision::PixelFormat::kNv12;
  if (fourcc == V4L2_PIX_FMT_YUV420) return vision::PixelFormat::kI420;
  return vision::PixelFormat::kYuyv;
}

std::string FourccText(uint32_t fourcc) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) {
    const char letter = static_cast<char>(fourcc >> shift & 0x7f);
    text += letter >= ' ' ? letter : '?';
  }
  return text;
}

tl::unexpected<Error> FailErrno(const char* what, int error) {
  return Fail(Code::kUnavailable, std::string(what) + ": " +
                                      (error == ENODEV ? "the camera was unplugged"
                                                       : std::system_category().message(error)));
}

size_t LeastStride(vision::PixelFormat format, int width) {
  const auto across = static_cast<size_t>(width);
  return format == vision::PixelFormat::kYuyv ? (across + 1) / 2 * 4 : across;
}

// What a picture takes whose rows are `stride` bytes apart.
size_t PaddedBytes(vision::PixelFormat format, size_t stride, int height) {
  const auto rows = static_cast<size_t>(height);
  if (format == vision::PixelFormat::kYuyv) return stride * rows;
  return stride * rows + (stride + 1) / 2 * 2 * ((rows + 1) / 2);
}

}  // namespace

Result<std::unique_ptr<V4l2Stream>> V4l2Stream::Start(std::unique_ptr<V4l2Device> device,
                                                      const SourceOptions& options) {
  std::unique_ptr<V4l2Stream> stream(new V4l2Stream(std::move(device), options));
  v4l2_capability capability{};
  const int error = stream->device_->Control(VIDIOC_QUERYCAP, &capability);
  if (error == ENOTTY || error == EINVAL) {
    return Fail(Code::kFailedPrecondition, "not a V4L2 device");
  }
  if (error != 0) return FailErrno("cannot ask what it can do", error);
  const uint32_t can = (capability.capabilities & V4L2_CAP_DEVICE_CAPS) != 0
                           ? capability.device_caps
                           : capability.capabilities;
  if ((can & V4L2_CAP_VIDEO_CAPTURE) == 0 || (can & V4L2_CAP_STREAMING) == 0) {
    return Fail(Code::kFailedPrecondition, "the device does not capture by streaming");
  }
  BRINK_TRY(stream->Negotiate());
  BRINK_TRY(stream->MapBuffers());
  for (uint32_t k = 0; k < stream->buffers_.size(); ++k) BRINK_TRY(stream->Queue(k));
  int type = static_cast<int>(kCapture);
  const int started = stream->device_->Control(VIDIOC_STREAMON, &type);
  if (started != 0) return FailErrno("cannot start the stream", started);
  stream->streaming_ = true;
  return stream;
}

V4l2Stream::~V4l2Stream() {
  int type = static_cast<int>(kCapture);
  if (streaming_) device_->Control(VIDIOC_STREAMOFF, &type);
  for (const Buffer& buffer : buffers_) device_->Unmap(buffer.address, buffer.bytes);
}

std::vector<uint32_t> V4l2Stream::OfferedFormats() {
  std::vector<uint32_t> offered;
  for (uint32_t k = 0; k < kMostFormats; ++k) {
    v4l2_fmtdesc description{};
    description.index = k;
    description.type = kCapture;
    if (device_->Control(VIDIOC_ENUM_FMT, &description) != 0) break;
    offered.push_back(description.pixelformat);
  }
  return offered;
}

Result<V4l2Stream::Format> V4l2Stream::Try(uint32_t fourcc) {
  v4l2_format asked{};
  asked.type = kCapture;
  asked.fmt.pix.width = static_cast<uint32_t>(WishedWidth());
  asked.fmt.pix.height = static_cast<uint32_t>(WishedHeight());
  asked.fmt.pix.pixelformat = fourcc;
  asked.fmt.pix.field = V4L2_FIELD_NONE;
  const int error = device_->Control(VIDIOC_S_FMT, &asked);
  if (error != 0) return FailErrno("cannot set the format", error);
  const v4l2_pix_format& got = asked.fmt.pix;
  BRINK_TRY(vision::CheckSize(got.width, got.height));
  Format format{.fourcc = got.pixelformat,
                .width = static_cast<int>(got.width),
                .height = static_cast<int>(got.height),
                .stride = got.bytesperline,
                .full_range = got.quantization == V4L2_QUANTIZATION_FULL_RANGE};
  const auto known = std::find(kFormats.begin(), kFormats.end(), format.fourcc);
  if (known == kFormats.end()) {
    return Fail(Code::kUnimplemented, "the format " + FourccText(format.fourcc));
  }
  if (!IsJpeg(format.fourcc)) {
    format.stride = std::max(format.stride, LeastStride(PixelFormatOf(fourcc), format.width));
  }
  format.fps = SetRate();
  return format;
}

// Frames a second that the device gives; 0 where it does not say.
double V4l2Stream::SetRate() {
  v4l2_streamparm asked{};
  asked.type = kCapture;
  asked.parm.capture.timeperframe = {1000, static_cast<uint32_t>(std::lround(WishedFps() * 1000))};
  if (device_->Control(VIDIOC_S_PARM, &asked) != 0) return 0;
  const auto& period = asked.parm.capture.timeperframe;
  return period.numerator == 0 ? 0 : static_cast<double>(period.denominator) / period.numerator;
}

// How far a format is from what is wished: 0 when it is that.
double V4l2Stream::Distance(const Format& format) const {
  const double wished = static_cast<double>(WishedWidth()) * WishedHeight();
  const double got = static_cast<double>(format.width) * format.height;
  const double size = std::abs(std::log(got / wished));
  const double rate = format.fps > 0 ? std::max(0.0, std::log(WishedFps() * .95 / format.fps)) : 0;
  return (size < .01 ? 0 : size) + rate;
}

Status V4l2Stream::Negotiate() {
  const auto offered = OfferedFormats();
  std::optional<Format> nearest;
  for (const uint32_t fourcc : kFormats) {
    if (std::find(offered.begin(), offered.end(), fourcc) == offered.end()) continue;
    const auto format = Try(fourcc);
    if (!format) continue;
    if (!nearest || Distance(*format) < Distance(*nearest)) nearest = *format;
    if (Distance(*nearest) == 0) break;
  }
  if (!nearest) {
    std::string names;
    for (const uint32_t fourcc : offered) names += (names.empty() ? "" : ", ") + FourccText(fourcc);
    return Fail(Code::kUnimplemented,
                "expected one of the formats NV12, YU12, YUYV, MJPG; the "
                "device offers: " +
                    (names.empty() ? "none" : names));
  }
  BRINK_ASSIGN(format_, Try(nearest->fourcc));  // the last that was tried is what is set
  description_ = std::to_string(format_.width) + "x" + std::to_string(format_.height) + " " +
                 FourccText(format_.fourcc) + " at " +
                 std::to_string(static_cast<int>(std::lround(format_.fps))) + " fps";
  return {};
}

Status V4l2Stream::MapBuffers() {
  v4l2_requestbuffers request{};
  request.count = kBuffers;
  request.type = kCapture;
  request.memory = V4L2_MEMORY_MMAP;
  int error = device_->Control(VIDIOC_REQBUFS, &request);
  if (error == EBUSY) return Fail(Code::kUnavailable, "another program uses the camera");
  if (error != 0) return FailErrno("cannot get buffers", error);
  for (uint32_t k = 0; k < std::min(request.count, 2 * kBuffers); ++k) {
    v4l2_buffer buffer{};
    buffer.index = k;
    buffer.type = kCapture;
    buffer.memory = V4L2_MEMORY_MMAP;
    error = device_->Control(VIDIOC_QUERYBUF, &buffer);
    if (error != 0) return FailErrno("cannot find a buffer", error);
    if (buffer.length == 0 || buffer.length > kLargestBuffer) {
      return Fail(Code::kResourceExhausted,
                  "a buffer of " + std::to_string(buffer.length) + " bytes");
    }
    uint8_t* address = device_->Map(buffer.length, buffer.m.offset);
    if (address == nullptr) return Fail(Code::kResourceExhausted, "cannot map a buffer");
    buffers_.push_back({address, buffer.length});
  }
  if (buffers_.empty()) return Fail(Code::kResourceExhausted, "the device has no buffers");
  return {};
}

Status V4l2Stream::Queue(uint32_t index) {
  v4l2_buffer buffer{};
  buffer.index = index;
  buffer.type = kCapture;
  buffer.memory = V4L2_MEMORY_MMAP;
  const int error = device_->Control(VIDIOC_QBUF, &buffer);
  if (error != 0) return FailErrno("cannot give a buffer back", error);
  return {};
}

Status V4l2Stream::CopyOut(const Buffer& buffer, size_t used, Frame& frame) const {
  frame.encoded.clear();
  if (IsJpeg(format_.fourcc)) {
    if (used == 0) return Fail(Code::kInvalidArgument, "an empty picture");
    frame.encoded.assign(reinterpret_cast<const char*>(buffer.address), used);
    return {};
  }
  const auto format = PixelFormatOf(format_.fourcc);
  if (used < PaddedBytes(format, format_.stride, format_.height)) {
    return Fail(Code::kInvalidArgument,
                "a picture that was cut short: " + std::to_string(used) + " bytes of " +
                    std::to_string(PaddedBytes(format, format_.stride, format_.height)));
  }
  // The driver's padding goes along: rows stay where they are.
  vision::Pixels& pixels = frame.pixels;
  pixels.format = format;
  pixels.width = format_.width;
  pixels.height = format_.height;
  pixels.meaning = {.full_range = format_.full_range};
  pixels.stride = format_.stride;
  pixels.bytes.resize(PaddedBytes(format, format_.stride, format_.height));
  std::memcpy(pixels.bytes.data(), buffer.address, pixels.bytes.size());
  return {};
}

Result<bool> V4l2Stream::Read(Frame& frame) {
  const auto deadline = Clock::now() + options_.stall;
  v4l2_buffer filled{};
  for (;;) {
    filled = {};
    filled.type = kCapture;
    filled.memory = V4L2_MEMORY_MMAP;
    const int error = device_->Control(VIDIOC_DQBUF, &filled);
    if (error == 0) break;
    if (error != EAGAIN) return FailErrno("cannot read", error);
    switch (device_->Wait(*options_.interrupt, deadline)) {
      case Readiness::kReadable:
        continue;
      case Readiness::kInterrupted:
        return Fail(Code::kCancelled, "interrupted");
      case Readiness::kTimedOut:
        return Fail(Code::kDeadlineExceeded, "no picture came in time");
    }
  }
  const auto began = Clock::now();
  if (filled.index >= buffers_.size()) return Fail(Code::kDataLoss, "a buffer that is not ours");
  const Buffer& buffer = buffers_[filled.index];
  Status copied;
  if ((filled.flags & V4L2_BUF_FLAG_ERROR) != 0) {
    copied = Fail(Code::kInvalidArgument, "a picture with errors");
  } else {
    copied = CopyOut(buffer, std::min<size_t>(filled.bytesused, buffer.bytes), frame);
  }
  BRINK_TRY(Queue(filled.index));
  if (!copied) return Fail(std::move(copied).error());
  frame.time = std::chrono::system_clock::now();
  frame.capture_ms = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
  return true;
}

}  // namespace brink::camera

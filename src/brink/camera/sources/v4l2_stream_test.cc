#include "brink/camera/sources/v4l2_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

namespace brink::camera {
namespace {

using testing::HasSubstr;

// What a camera can do, as its driver tells it.
struct Mode {
  uint32_t fourcc = 0;
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t fps = 30;
};

struct FakeCamera {
  std::vector<Mode> modes;
  uint32_t capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  uint32_t padding = 0;  // bytes beyond each row
  bool busy = false;
  bool unplugged = false;
  std::deque<std::string> pictures;  // to come; "" is one with errors
  bool streaming = false;
  int mapped = 0;
  int queued = 0;
};

class FakeDevice final : public V4l2Device {
 public:
  explicit FakeDevice(FakeCamera& camera) : camera_(camera) {}

  int Control(unsigned long request, void* argument) override {
    if (camera_.unplugged) return ENODEV;
    switch (request) {
      case VIDIOC_QUERYCAP:
        static_cast<v4l2_capability*>(argument)->capabilities = camera_.capabilities;
        return 0;
      case VIDIOC_ENUM_FMT:
        return Enumerate(*static_cast<v4l2_fmtdesc*>(argument));
      case VIDIOC_S_FMT:
        return SetFormat(static_cast<v4l2_format*>(argument)->fmt.pix);
      case VIDIOC_S_PARM:
        static_cast<v4l2_streamparm*>(argument)->parm.capture.timeperframe = {1, mode_.fps};
        return 0;
      case VIDIOC_REQBUFS:
        return camera_.busy ? EBUSY : 0;
      case VIDIOC_QUERYBUF:
        static_cast<v4l2_buffer*>(argument)->length = kBufferBytes;
        static_cast<v4l2_buffer*>(argument)->m.offset =
            static_cast<v4l2_buffer*>(argument)->index * kBufferBytes;
        return 0;
      case VIDIOC_QBUF:
        ready_.push_back(static_cast<v4l2_buffer*>(argument)->index);
        camera_.queued = static_cast<int>(ready_.size());
        return 0;
      case VIDIOC_DQBUF:
        return Dequeue(*static_cast<v4l2_buffer*>(argument));
      case VIDIOC_STREAMON:
        camera_.streaming = true;
        return 0;
      case VIDIOC_STREAMOFF:
        camera_.streaming = false;
        return 0;
      default:
        return ENOTTY;
    }
  }

  uint8_t* Map(size_t bytes, int64_t offset) override {
    EXPECT_EQ(bytes, kBufferBytes);
    ++camera_.mapped;
    return memory_.data() + offset;
  }
  void Unmap(uint8_t*, size_t) override { --camera_.mapped; }
  Readiness Wait(const Interrupt& interrupt, std::chrono::steady_clock::time_point) override {
    return interrupt.raised() ? Readiness::kInterrupted : Readiness::kTimedOut;
  }

 private:
  static constexpr uint32_t kBufferBytes = 64 * 1024;

  int Enumerate(v4l2_fmtdesc& description) const {
    if (description.index >= camera_.modes.size()) return EINVAL;
    description.pixelformat = camera_.modes[description.index].fourcc;
    return 0;
  }
  // As drivers do: another format than the wished one where it does not have that.
  int SetFormat(v4l2_pix_format& pix) {
    mode_ = camera_.modes.front();
    for (const Mode& mode : camera_.modes) {
      if (mode.fourcc == pix.pixelformat) mode_ = mode;
    }
    pix.pixelformat = mode_.fourcc;
    pix.width = mode_.width;
    pix.height = mode_.height;
    pix.bytesperline = mode_.width * (mode_.fourcc == V4L2_PIX_FMT_YUYV ? 2 : 1) + camera_.padding;
    return 0;
  }
  int Dequeue(v4l2_buffer& buffer) {
    if (camera_.pictures.empty() || ready_.empty()) return EAGAIN;
    buffer.index = ready_.front();
    ready_.pop_front();
    const std::string picture = camera_.pictures.front();
    camera_.pictures.pop_front();
    if (picture.empty()) buffer.flags = V4L2_BUF_FLAG_ERROR;
    std::memcpy(memory_.data() + size_t{buffer.index} * kBufferBytes, picture.data(),
                picture.size());
    buffer.bytesused = static_cast<uint32_t>(picture.size());
    return 0;
  }

  FakeCamera& camera_;
  Mode mode_;
  std::deque<uint32_t> ready_;
  std::vector<uint8_t> memory_ = std::vector<uint8_t>(size_t{8} * kBufferBytes);
};

class V4l2 : public testing::Test {
 protected:
  Result<std::unique_ptr<V4l2Stream>> Start(int width = 64, int height = 32, double fps = 25) {
    return V4l2Stream::Start(
        std::make_unique<FakeDevice>(camera_),
        {.width = width, .height = height, .fps = fps, .interrupt = &interrupt_});
  }
  FakeCamera camera_;
  Interrupt interrupt_;
};

TEST_F(V4l2, TakesTheFormatThatNeedsNoDecodingWhereSizeAndRateAreThere) {
  camera_.modes = {{V4L2_PIX_FMT_MJPEG, 64, 32}, {V4L2_PIX_FMT_YUYV, 64, 32}};
  EXPECT_EQ(Start().value()->description(), "64x32 YUYV at 30 fps");
  camera_.modes[1].fps = 5;
  EXPECT_EQ(Start().value()->description(), "64x32 MJPG at 30 fps");
  camera_.modes[1] = {V4L2_PIX_FMT_NV12, 32, 16};
  EXPECT_EQ(Start().value()->description(), "64x32 MJPG at 30 fps");
  camera_.modes.erase(camera_.modes.begin());
  EXPECT_EQ(Start().value()->description(), "32x16 NV12 at 30 fps");
}

TEST_F(V4l2, SaysWhatADeviceLacks) {
  camera_.modes = {{v4l2_fourcc('B', 'A', '8', '1'), 64, 32}};
  EXPECT_THAT(Start().error().message, HasSubstr("the device offers: BA81"));
  camera_.capabilities = V4L2_CAP_VIDEO_OUTPUT;
  EXPECT_THAT(Start().error().message, HasSubstr("does not capture"));
  camera_ = {.modes = {{V4L2_PIX_FMT_YUYV, 64, 32}}, .busy = true};
  EXPECT_THAT(Start().error().message, HasSubstr("another program uses the camera"));
}

TEST_F(V4l2, GivesPixelsWithTheDriversPaddingLeftOut) {
  camera_ = {.modes = {{V4L2_PIX_FMT_NV12, 4, 2}}, .padding = 2};
  const auto stream = Start(4, 2).value();
  camera_.pictures = {"ABCD__EFGH__uvxy__"};
  Frame frame;
  ASSERT_TRUE(stream->Read(frame).value());
  const auto view = frame.pixels.view();
  EXPECT_EQ(view.At(0, 0, 1), 'E');
  EXPECT_EQ(view.At(0, 3, 1), 'H');
  EXPECT_EQ(view.At(1, 1, 1), 'u');
  EXPECT_EQ(view.At(2, 3, 0), 'y');
}

TEST_F(V4l2, GivesJpegsAsTheyAre) {
  camera_.modes = {{V4L2_PIX_FMT_MJPEG, 64, 32}};
  const auto stream = Start().value();
  camera_.pictures = {"jpeg"};
  Frame frame;
  ASSERT_TRUE(stream->Read(frame).value());
  EXPECT_EQ(frame.encoded, "jpeg");
}

TEST_F(V4l2, BrokenPicturesGiveTheirBufferBackAndTheNextComes) {
  camera_ = {.modes = {{V4L2_PIX_FMT_YUYV, 2, 1}}};
  const auto stream = Start(2, 1).value();
  const int buffers = camera_.queued;
  EXPECT_GE(buffers, 2);
  Frame frame;
  for (int round = 0; round < 10; ++round) {
    camera_.pictures = {"", "AB", "AuBv"};
    EXPECT_EQ(stream->Read(frame).error().code, Code::kInvalidArgument);
    EXPECT_THAT(stream->Read(frame).error().message, HasSubstr("cut short: 2 bytes of 4"));
    EXPECT_TRUE(stream->Read(frame).value());
    EXPECT_EQ(camera_.queued, buffers);
  }
}

TEST_F(V4l2, StallsUnplugsAndStopsAreToldApart) {
  camera_.modes = {{V4L2_PIX_FMT_YUYV, 2, 1}};
  auto stream = Start(2, 1).value();
  Frame frame;
  EXPECT_EQ(stream->Read(frame).error().code, Code::kDeadlineExceeded);
  interrupt_.Raise();
  EXPECT_EQ(stream->Read(frame).error().code, Code::kCancelled);
  camera_.unplugged = true;
  EXPECT_THAT(stream->Read(frame).error().message, HasSubstr("unplugged"));
  camera_.unplugged = false;  // plugged in again
  stream = Start(2, 1).value();
  camera_.pictures = {"AuBv"};
  EXPECT_TRUE(stream->Read(frame).value());
  stream.reset();
  EXPECT_FALSE(camera_.streaming);
  EXPECT_EQ(camera_.mapped, 0);
}

}  // namespace
}  // namespace brink::camera

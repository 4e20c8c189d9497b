// The system calls that a V4L2 camera takes, behind an interface: tests put a made-up camera there.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "brink/base/result.h"
#include "brink/camera/interrupt.h"

namespace brink::camera {

class V4l2Device {
 public:
  virtual ~V4l2Device() = default;  // closes it

  // ioctl(2), again after EINTR: 0 or the errno.
  virtual int Control(unsigned long request, void* argument) = 0;
  // `bytes` of the device's memory at `offset`, shared; nullptr when it cannot be mapped.
  virtual uint8_t* Map(size_t bytes, int64_t offset) = 0;
  virtual void Unmap(uint8_t* address, size_t bytes) = 0;
  virtual Readiness Wait(const Interrupt& interrupt,
                         std::chrono::steady_clock::time_point deadline) = 0;
};

// The device of the kernel at `path`. kNotFound, kPermissionDenied.
Result<std::unique_ptr<V4l2Device>> OpenV4l2Device(const std::string& path);

}  // namespace brink::camera

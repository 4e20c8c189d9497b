#include "brink/camera/sources/v4l2_device.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace brink::camera {
namespace {

class KernelDevice final : public V4l2Device {
 public:
  explicit KernelDevice(int descriptor) : descriptor_(descriptor) {}
  ~KernelDevice() override { close(descriptor_); }
  KernelDevice(const KernelDevice&) = delete;
  KernelDevice& operator=(const KernelDevice&) = delete;

  int Control(unsigned long request, void* argument) override {
    while (ioctl(descriptor_, request, argument) != 0) {
      if (errno != EINTR) return errno;
    }
    return 0;
  }
  uint8_t* Map(size_t bytes, int64_t offset) override {
    void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_,
                         static_cast<off_t>(offset));
    return address == MAP_FAILED ? nullptr : static_cast<uint8_t*>(address);
  }
  void Unmap(uint8_t* address, size_t bytes) override { munmap(address, bytes); }
  Readiness Wait(const Interrupt& interrupt,
                 std::chrono::steady_clock::time_point deadline) override {
    return WaitReadable(descriptor_, -1, interrupt, deadline);
  }

 private:
  const int descriptor_;
};

}  // namespace

Result<std::unique_ptr<V4l2Device>> OpenV4l2Device(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (descriptor >= 0) return std::make_unique<KernelDevice>(descriptor);
  const bool denied = errno == EACCES || errno == EPERM;
  return Fail(denied ? Code::kPermissionDenied : Code::kNotFound,
              path + ": cannot open: " + std::system_category().message(errno) +
                  (denied ? " (is the user in the group 'video'?)" : ""));
}

}  // namespace brink::camera

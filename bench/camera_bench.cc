// Microseconds of one thread in what the camera does beside the model, for a 1280x720 picture.
// Prints the median and the least of many runs.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include "brink/camera/stages/motion_gate.h"
#include "brink/camera/stages/tracker.h"
#include "brink/vision/fill_input.h"

namespace {

using namespace brink;

constexpr int kRuns = 300;

template <class Work>
void Time(const char* name, const Work& work) {
  std::vector<double> times;
  for (int run = 0; run < kRuns; ++run) {
    const auto started = std::chrono::steady_clock::now();
    work(run);
    const auto took = std::chrono::steady_clock::now() - started;
    times.push_back(std::chrono::duration<double, std::micro>(took).count());
  }
  std::sort(times.begin(), times.end());
  std::printf("%-34s %8.1f us  (least %.1f)\n", name, times[kRuns / 2], times[0]);
}

vision::Pixels RandomPixels(vision::PixelFormat format) {
  vision::Pixels pixels{.format = format, .width = 1280, .height = 720};
  pixels.bytes.resize(vision::BytesOf(format, pixels.width, pixels.height));
  std::mt19937 random(1);
  for (uint8_t& byte : pixels.bytes) byte = static_cast<uint8_t>(random());
  return pixels;
}

void TimeFill(const char* name, vision::PixelFormat format, Type type) {
  const vision::Pixels pixels = RandomPixels(format);
  const vision::InputCard card{.width = 260, .height = 260};
  Tensor tensor(type, {1, 260, 260, 3});
  Quantization quantization;
  if (type != Type::kFloat32) quantization = {.scale = {1 / 255.f}, .zero_point = {0}};
  Time(name, [&](int) {
    if (!vision::FillInput(pixels.view(), card, quantization, tensor.view())) std::abort();
  });
}

std::vector<vision::Detection> Faces(int run) {
  std::vector<vision::Detection> faces;
  for (int k = 0; k < 20; ++k) {
    const float x = static_cast<float>(k % 5) * .2f + static_cast<float>(run % 10) * .002f;
    const int row = k / 5;
    const float y = static_cast<float>(row) * .25f;
    faces.push_back({.label = "Mask", .score = .9f, .box = {x, y, x + .1f, y + .15f}});
  }
  return faces;
}

}  // namespace

int main() {
  TimeFill("NV12 to 260x260 float", vision::PixelFormat::kNv12, Type::kFloat32);
  TimeFill("NV12 to 260x260 uint8", vision::PixelFormat::kNv12, Type::kUInt8);
  TimeFill("I420 to 260x260 float", vision::PixelFormat::kI420, Type::kFloat32);
  TimeFill("YUYV to 260x260 float", vision::PixelFormat::kYuyv, Type::kFloat32);
  TimeFill("RGB to 260x260 float", vision::PixelFormat::kRgb, Type::kFloat32);
  const vision::Pixels still = RandomPixels(vision::PixelFormat::kNv12);
  camera::MotionGate gate({});
  camera::MotionGate::Time now{};
  Time("motion gate, NV12",
       [&](int) { gate.Opens(still.view(), now += std::chrono::milliseconds(100)); });
  camera::Tracker tracker({});
  Time("tracker, 20 faces", [&](int run) {
    static_cast<void>(tracker.Update(Faces(run), now += std::chrono::milliseconds(100)));
  });
}

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "brink/camera/sources/sources.h"

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLargestSide = 8192;

struct Scene {
  int width = 640;
  int height = 480;
  double fps = 10;
};

// Where something that goes to and fro over `way` is at `step`.
int Swing(uint64_t step, int way) {
  if (way <= 0) return 0;
  const auto there_and_back = static_cast<uint64_t>(2) * static_cast<uint64_t>(way);
  const int place = static_cast<int>(step % there_and_back);
  return place <= way ? place : 2 * way - place;
}

// A ramp of colours and a bright square that swings over it.
void Draw(const Scene& scene, uint64_t number, vision::Pixels& pixels) {
  pixels.format = vision::PixelFormat::kRgb;
  pixels.width = scene.width;
  pixels.height = scene.height;
  pixels.bytes.resize(vision::BytesOf(pixels.format, scene.width, scene.height));
  const int side = std::max(1, std::min(scene.width, scene.height) / 4);
  const int left = Swing(number * 4, scene.width - side);
  const int top = Swing(number * 3, scene.height - side);
  uint8_t* out = pixels.bytes.data();
  for (int y = 0; y < scene.height; ++y) {
    for (int x = 0; x < scene.width; ++x, out += 3) {
      const bool inside = x >= left && x < left + side && y >= top && y < top + side;
      out[0] = inside ? 250 : static_cast<uint8_t>(x * 160 / scene.width);
      out[1] = inside ? 240 : static_cast<uint8_t>(y * 160 / scene.height);
      out[2] = inside ? 200 : 90;
    }
  }
}

class TestPattern final : public Source {
 public:
  TestPattern(const Scene& scene, const Interrupt* interrupt)
      : scene_(scene), interrupt_(interrupt) {}

  Status Open() override {
    number_ = 0;
    started_ = Clock::now();
    return {};
  }

  Result<bool> Read(Frame& frame) override {
    const std::chrono::duration<double> due(static_cast<double>(number_) / scene_.fps);
    if (interrupt_->WaitUntil(started_ + std::chrono::duration_cast<Clock::duration>(due))) {
      return Fail(Code::kCancelled, "interrupted");
    }
    const auto drawn = Clock::now();
    Draw(scene_, number_++, frame.pixels);
    frame.encoded.clear();
    frame.time = std::chrono::system_clock::now();
    frame.capture_ms = std::chrono::duration<double, std::milli>(Clock::now() - drawn).count();
    return true;
  }

  void Close() override {}
  bool is_live() const override { return true; }

 private:
  const Scene scene_;
  const Interrupt* const interrupt_;
  uint64_t number_ = 0;
  Clock::time_point started_;
};

// Takes a number off the front of `text`.
bool Take(std::string_view& text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

bool TakeLetter(std::string_view& text, char letter) {
  if (!text.starts_with(letter)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Made MakeTestPattern(const std::string& text, const SourceOptions& options) {
  Scene scene;
  if (options.width > 0) scene.width = options.width;
  if (options.height > 0) scene.height = options.height;
  if (options.fps > 0) scene.fps = options.fps;
  std::string_view rest = std::string_view(text).substr(std::string_view("test:").size());
  bool good = true;
  if (!rest.empty() && rest.front() != '@') {
    good = Take(rest, scene.width) && TakeLetter(rest, 'x') && Take(rest, scene.height);
  }
  int fps = 0;
  if (good && TakeLetter(rest, '@')) {
    good = Take(rest, fps);
    scene.fps = fps;
  }
  const bool in_range = scene.width >= 1 && scene.width <= kLargestSide && scene.height >= 1 &&
                        scene.height <= kLargestSide && scene.fps > 0 && scene.fps <= 1000;
  if (!good || !rest.empty() || !in_range) {
    return Fail(Code::kInvalidArgument,
                "source '" + text + "': expected test:WIDTHxHEIGHT@FPS, sides from 1 to " +
                    std::to_string(kLargestSide) + ", 1 to 1000 frames a second");
  }
  return std::make_unique<TestPattern>(scene, options.interrupt);
}

}  // namespace brink::camera

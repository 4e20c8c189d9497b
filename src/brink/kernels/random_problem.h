// Random problems and data for the tests that hold every kernel to its reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "brink/kernels/cpu.h"
#include "brink/kernels/parallel.h"
#include "brink/kernels/window.h"

namespace brink::kernels {

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}

  // In [low, high].
  int Int(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<uint32_t>(high - low + 1));
  }
  bool Chance(int percent) { return Int(1, 100) <= percent; }
  float Float(float low, float high) {
    return low + (high - low) * static_cast<float>(engine_() >> 8) * 0x1p-24F;
  }
  std::vector<float> Floats(int64_t count, float low = -1.0F, float high = 1.0F) {
    std::vector<float> values(static_cast<size_t>(count));
    for (float& value : values) value = Float(low, high);
    return values;
  }
  template <class T>
  std::vector<T> Bytes(int64_t count) {
    std::vector<T> values(static_cast<size_t>(count));
    for (T& value : values) value = static_cast<T>(engine_() >> 11);
    return values;
  }

 private:
  std::mt19937 engine_;
};

// Memory as kernels get it: aligned, filled with garbage, followed by guard bytes.
class AlignedBytes {
 public:
  explicit AlignedBytes(size_t bytes)
      : bytes_(bytes), storage_(bytes + 2 * kAlign, std::byte{0xA5}) {
    const auto address = reinterpret_cast<uintptr_t>(storage_.data());
    begin_ = storage_.data() + (kAlign - address % kAlign) % kAlign;
  }
  std::byte* data() { return begin_; }
  // Whether nothing wrote behind the end.
  bool intact() const {
    for (size_t i = 0; i < kAlign / 2; ++i) {
      if (begin_[bytes_ + i] != std::byte{0xA5}) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kAlign = 64;
  size_t bytes_;
  std::vector<std::byte> storage_;
  std::byte* begin_;
};

// Runs tasks backwards on the caller's thread under changing thread numbers, so that a kernel which
// relies on order or on one thread's scratch fails.
inline Parallel Backwards(int threads) {
  Parallel parallel;
  parallel.threads = threads;
  parallel.context = nullptr;
  parallel.run = [](void*, int tasks, Parallel::Task fn, void* arg) {
    for (int task = tasks - 1; task >= 0; --task) fn(arg, task, task % 2);
  };
  return parallel;
}

inline Conv2dShape RandomShape(Random& random) {
  Conv2dShape s;
  s.batch = random.Chance(80) ? 1 : random.Int(2, 3);
  s.in_height = random.Int(1, 20);
  s.in_width = random.Int(1, 20);
  s.groups = random.Chance(80) ? 1 : random.Int(2, 4);
  s.in_channels = s.groups * (random.Chance(30) ? random.Int(1, 4) : random.Int(1, 40));
  s.out_channels = s.groups * (random.Chance(30) ? random.Int(1, 4) : random.Int(1, 150));
  Window2d& w = s.window;
  w.height = random.Chance(40) ? 3 : random.Int(1, 5);
  w.width = random.Chance(40) ? 3 : random.Int(1, 5);
  w.stride_height = random.Chance(60) ? 1 : random.Int(2, 3);
  w.stride_width = random.Chance(60) ? 1 : random.Int(2, 3);
  w.dilation_height = random.Chance(80) ? 1 : random.Int(2, 3);
  w.dilation_width = random.Chance(80) ? 1 : random.Int(2, 3);
  return s;
}

// Sets the output's extents and the padding; false when a VALID window does not fit.
inline bool PlaceWindows(Conv2dShape& s, Padding padding) {
  Window2d& w = s.window;
  const AxisPlacement y =
      PlaceWindow(s.in_height, {w.height, w.stride_height, w.dilation_height}, padding);
  const AxisPlacement x =
      PlaceWindow(s.in_width, {w.width, w.stride_width, w.dilation_width}, padding);
  s.out_height = y.out;
  s.out_width = x.out;
  w.pad_top = y.pad_before;
  w.pad_left = x.pad_before;
  return y.out > 0 && x.out > 0;
}

// Where a model's convolution may have its windows: as TFLite's padding places them, or behind a
// PAD that surrounds the input by less than a window, more on one side than on the other.
inline bool PlaceWindows(Conv2dShape& s, Random& random) {
  const Padding padding = random.Chance(60) ? Padding::kSame : Padding::kValid;
  if (random.Chance(70)) return PlaceWindows(s, padding);
  const Window2d& w = s.window;
  const int reach_y = (w.height - 1) * w.dilation_height;
  const int reach_x = (w.width - 1) * w.dilation_width;
  const int top = random.Int(0, reach_y);
  const int left = random.Int(0, reach_x);
  Conv2dShape padded = s;
  padded.in_height += top + random.Int(0, reach_y);
  padded.in_width += left + random.Int(0, reach_x);
  if (!PlaceWindows(padded, padding)) return false;
  s.out_height = padded.out_height;
  s.out_width = padded.out_width;
  s.window.pad_top = padded.window.pad_top + top;
  s.window.pad_left = padded.window.pad_left + left;
  return true;
}

inline std::string Describe(const Conv2dShape& s) {
  std::ostringstream text;
  const Window2d& w = s.window;
  text << "[" << s.batch << "," << s.in_height << "," << s.in_width << "," << s.in_channels
       << "] -> [" << s.out_height << "," << s.out_width << "," << s.out_channels << "] groups "
       << s.groups << " window " << w.height << "x" << w.width << " stride " << w.stride_height
       << "x" << w.stride_width << " dilation " << w.dilation_height << "x" << w.dilation_width
       << " pad " << w.pad_top << "," << w.pad_left;
  return text.str();
}

// Calls body(target) with each CPU target forced in turn.
template <class Body>
void ForEachByteTarget(Body body) {
  for (const std::string_view target : CpuTargets()) {
    ForceCpuTarget(target);
    body(std::string(target));
  }
  ForceCpuTarget("");
}

// The same without those that differ in products of bytes alone.
template <class Body>
void ForEachTarget(Body body) {
  ForEachByteTarget([&](const std::string& target) {
    if (target != "avx2_vnni" && target != "neon_dot") body(target);
  });
}

}  // namespace brink::kernels

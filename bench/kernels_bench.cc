// Times every kernel that could serve each convolution of a list. Usage:
//   brink_kernels_bench [--threads N] [--kernel NAME] [--model mask|mobile] [--type float|int8]
//   [--seconds S]
// Prints the best of many runs: the machine's noise only ever adds. One thread is timed by its own
// CPU clock, which stands still while other programs have the core.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "brink/kernels/conv.h"
#include "brink/kernels/cpu.h"
#include "brink/kernels/quantized_conv.h"

namespace brink::kernels {
namespace {

// Workers that spin between runs: what is measured is the kernel, not the pool.
class SpinPool {
 public:
  explicit SpinPool(int threads) : threads_(threads) {
    for (int t = 1; t < threads; ++t) workers_.emplace_back([this, t] { Work(t); });
  }
  ~SpinPool() {
    stop_ = true;
    ++round_;
    for (std::thread& worker : workers_) worker.join();
  }
  Parallel parallel() { return {threads_, this, &SpinPool::Run}; }

 private:
  static void Run(void* context, int tasks, Parallel::Task fn, void* arg) {
    auto* pool = static_cast<SpinPool*>(context);
    pool->fn_ = fn;
    pool->arg_ = arg;
    pool->tasks_ = tasks;
    pool->next_ = 0;
    pool->busy_ = pool->threads_ - 1;
    ++pool->round_;
    pool->Take(0);
    while (pool->busy_ != 0) {
    }
  }
  void Take(int thread) {
    for (int task = next_++; task < tasks_; task = next_++) fn_(arg_, task, thread);
  }
  void Work(int thread) {
    for (unsigned seen = 0;;) {
      while (round_ == seen) {
      }
      ++seen;
      if (stop_) return;
      Take(thread);
      --busy_;
    }
  }

  int threads_;
  std::vector<std::thread> workers_;
  std::atomic<unsigned> round_{0};
  std::atomic<int> next_{0}, busy_{0};
  std::atomic<bool> stop_{false};
  Parallel::Task fn_ = nullptr;
  void* arg_ = nullptr;
  int tasks_ = 0;
};

struct Layer {
  int height, width, in, out, window = 3, stride = 1, groups = 1, times = 1;
  bool pool = false;
};

const Layer kMask[] = {
    {260, 260, 3, 32, 3, 1, 1, 1, true},
    {130, 130, 32, 64, 3, 1, 1, 1, true},
    {65, 65, 64, 64, 3, 1, 1, 1, true},
    {33, 33, 64, 64, 3, 1, 1, 3},
    {17, 17, 64, 128},
    {9, 9, 128, 128},
    {5, 5, 128, 64},
    {17, 17, 128, 64, 3, 1, 1, 2},
    {9, 9, 128, 64, 3, 1, 1, 2},
    {5, 5, 64, 64, 3, 1, 1, 3},
    {3, 3, 64, 64, 3, 1, 1, 2},
    {33, 33, 64, 8},
    {17, 17, 64, 8},
    {9, 9, 64, 8},
    {5, 5, 64, 8},
    {3, 3, 64, 8},
    {33, 33, 64, 16},
    {17, 17, 64, 16},
    {9, 9, 64, 16},
    {5, 5, 64, 16},
    {3, 3, 64, 16},
};

const Layer kMobile[] = {
    {224, 224, 3, 8, 3, 2},       {112, 112, 8, 8, 3, 1, 8},     {112, 112, 8, 16, 1},
    {112, 112, 16, 16, 3, 2, 16}, {56, 56, 16, 32, 1},           {56, 56, 32, 32, 3, 1, 32},
    {28, 28, 64, 64, 3, 1, 64},   {28, 28, 64, 64, 1},           {14, 14, 128, 128, 3, 1, 128},
    {14, 14, 128, 128, 1},        {14, 14, 512, 512, 3, 1, 512}, {14, 14, 512, 512, 1},
    {7, 7, 256, 256, 3, 1, 256},  {7, 7, 256, 256, 1},           {1, 1, 1024, 1000, 1},
    {56, 56, 64, 64, 5, 1, 64},   {28, 28, 96, 96, 5, 2, 96},
};

struct Options {
  int threads = 1;
  std::string kernel;
  std::string model = "mask";
  std::string type = "float";
  double seconds = 0.2;
  bool pool = false;
};

ConvProblem Problem(const Layer& layer, const Options& options) {
  ConvProblem p;
  Conv2dShape& s = p.shape;
  s.in_height = layer.height;
  s.in_width = layer.width;
  s.in_channels = layer.in;
  s.out_channels = layer.out;
  s.groups = layer.groups;
  if (layer.groups > 1) p.layout = FilterLayout::kHwo;
  s.window.height = s.window.width = layer.window;
  s.window.stride_height = s.window.stride_width = layer.stride;
  const AxisPlacement y =
      PlaceWindow(layer.height, {layer.window, layer.stride, 1}, Padding::kSame);
  const AxisPlacement x = PlaceWindow(layer.width, {layer.window, layer.stride, 1}, Padding::kSame);
  s.out_height = y.out;
  s.out_width = x.out;
  s.window.pad_top = y.pad_before;
  s.window.pad_left = x.pad_before;
  p.range = ClampRange(Activation::kRelu);
  p.max_pool = layer.pool && options.pool;
  return p;
}

std::byte* Allocate(size_t bytes) {
  const size_t size = (bytes + 63) / 64 * 64 + 64;
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(64, size));
  std::memset(memory, 0, size);
  return memory;
}

// What differs between float32 and int8.
struct FloatFamily {
  using Value = float;
  static ConvProblem Of(const ConvProblem& p) { return p; }
  static std::span<const ConvKernel> Kernels() { return ConvKernels(); }
  static const ConvKernel& Choose(const ConvProblem& p, int threads) {
    return ChooseConv(p, threads);
  }
  static void Pack(const ConvKernel& kernel, const ConvProblem& p, std::byte* packed) {
    const std::vector<float> filter(
        static_cast<size_t>(p.shape.multiplies() / (p.shape.out_pixels())), 0.01F);
    const std::vector<float> bias(static_cast<size_t>(p.shape.out_channels), 0.1F);
    kernel.pack(p, {filter.data(), bias.data()}, packed);
  }
  static ConvCall Call(std::byte* packed, std::byte* input, std::byte* output, std::byte* scratch,
                       const Parallel& parallel) {
    return {packed, reinterpret_cast<const float*>(input), reinterpret_cast<float*>(output),
            scratch, parallel};
  }
};

struct IntFamily {
  using Value = int8_t;
  static QuantizedConvProblem Of(const ConvProblem& p) {
    QuantizedConvProblem q;
    q.shape = p.shape;
    q.layout = p.layout;
    q.input_zero_point = 3;
    return q;
  }
  static std::span<const QuantizedConvKernel> Kernels() { return QuantizedConvKernels(); }
  static const QuantizedConvKernel& Choose(const QuantizedConvProblem& p, int threads) {
    return ChooseQuantizedConv(p, threads);
  }
  static void Pack(const QuantizedConvKernel& kernel, const QuantizedConvProblem& p,
                   std::byte* packed) {
    const std::vector<int8_t> filter(
        static_cast<size_t>(p.shape.multiplies() / p.shape.out_pixels()), 3);
    const Multiplier multiplier = QuantizeMultiplier(0.001);
    kernel.pack(p, {filter.data(), nullptr, {&multiplier, 1}}, packed);
  }
  static QuantizedConvCall Call(std::byte* packed, std::byte* input, std::byte* output,
                                std::byte* scratch, const Parallel& parallel) {
    return {packed, input, output, scratch, parallel};
  }
};

double MillisecondsNow(int threads) {
  timespec time{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

// The best time of a run in milliseconds.
template <class Family, class Kernel, class AnyProblem>
double Measure(const Kernel& kernel, const AnyProblem& p, const Options& options,
               const Parallel& parallel) {
  constexpr size_t kValue = sizeof(typename Family::Value);
  std::byte* packed = Allocate(kernel.packed_bytes(p));
  Family::Pack(kernel, p, packed);
  std::byte* input = Allocate(static_cast<size_t>(p.shape.in_elements()) * kValue);
  std::byte* output = Allocate(static_cast<size_t>(p.shape.out_elements()) * kValue);
  std::byte* scratch = Allocate(kernel.scratch_bytes(p, options.threads));
  const auto call = Family::Call(packed, input, output, scratch, parallel);
  double best = 1e30;
  const double begin = MillisecondsNow(options.threads);
  for (int runs = 0; runs < 3 || MillisecondsNow(options.threads) - begin < options.seconds * 1000;
       ++runs) {
    const double start = MillisecondsNow(options.threads);
    kernel.run(p, call);
    best = std::min(best, MillisecondsNow(options.threads) - start);
  }
  for (std::byte* memory : {packed, input, output, scratch}) std::free(memory);
  return best;
}

template <class Family>
void Bench(std::span<const Layer> layers, const Options& options) {
  SpinPool pool(options.threads);
  double sum = 0;
  double chosen_sum = 0;
  for (const Layer& layer : layers) {
    const auto p = Family::Of(Problem(layer, options));
    const double mmacs = static_cast<double>(p.shape.multiplies()) * 1e-6;
    std::printf("%3dx%-3d %4d->%-4d %dx%d/%d g%-4d x%d %8.2f MMAC ", layer.height, layer.width,
                layer.in, layer.out, layer.window, layer.window, layer.stride, layer.groups,
                layer.times, mmacs);
    const auto& choice = Family::Choose(p, options.threads);
    double best = 1e30;
    for (const auto& kernel : Family::Kernels()) {
      const std::string name = kernel.name;
      if (name == "reference" || !kernel.applies(p)) continue;
      if (!options.kernel.empty() && name != options.kernel) continue;
      const double ms = Measure<Family>(kernel, p, options, pool.parallel());
      best = std::min(best, ms);
      if (&kernel == &choice) chosen_sum += ms * layer.times;
      std::printf(" %s%s %.4f ms %.1f GF/s", name.c_str(), &kernel == &choice ? "*" : "", ms,
                  2 * mmacs / ms);
    }
    sum += best * layer.times;
    std::printf("\n");
    std::fflush(stdout);
  }
  std::printf("sum of the best: %.3f ms; of the chosen: %.3f ms\n", sum, chosen_sum);
}

}  // namespace
}  // namespace brink::kernels

int main(int argc, char** argv) {
  using namespace brink::kernels;  // NOLINT(google-build-using-namespace): a program of its own
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const std::string value = argv[i + 1];
    if (flag == "--threads") options.threads = std::atoi(value.c_str());
    if (flag == "--kernel") options.kernel = value;
    if (flag == "--model") options.model = value;
    if (flag == "--type") options.type = value;
    if (flag == "--pool") options.pool = value == "1";
    if (flag == "--seconds") options.seconds = std::atof(value.c_str());
  }
  std::printf("target %s, %d threads\n", std::string(CpuTarget()).c_str(), options.threads);
  const auto layers =
      options.model == "mobile" ? std::span<const Layer>(kMobile) : std::span<const Layer>(kMask);
  options.type == "int8" ? Bench<IntFamily>(layers, options) : Bench<FloatFamily>(layers, options);
  return 0;
}

#include "progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace brink::apps {
namespace {

constexpr int kCells = 30;
constexpr auto kRedraw = std::chrono::milliseconds(100);

}  // namespace

std::string ProgressLine(const std::string& name, const storage::Progress& progress,
                         double seconds) {
  const double megabytes = static_cast<double>(progress.bytes) / 1e6;
  const double rate = seconds > 0 ? megabytes / seconds : 0;
  char text[160];
  if (!progress.total || *progress.total == 0) {
    std::snprintf(text, sizeof text, "  %.1f MB  %.1f MB/s", megabytes, rate);
    return name + text;
  }
  const double total = static_cast<double>(*progress.total);
  const double share = std::min(1.0, static_cast<double>(progress.bytes) / total);
  const int filled = static_cast<int>(share * kCells);
  const std::string bar = std::string(filled, '#') + std::string(kCells - filled, '.');
  std::snprintf(text, sizeof text, " [%s] %3d %%  %.1f of %.1f MB  %.1f MB/s", bar.c_str(),
                static_cast<int>(share * 100), megabytes, total / 1e6, rate);
  return name + text;
}

ProgressBar::ProgressBar(std::string name)
    : name_(std::move(name)),
      on_terminal_(isatty(STDERR_FILENO) == 1),
      started_(std::chrono::steady_clock::now()) {}

void ProgressBar::Finish() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
  shown_ = false;
}

void ProgressBar::Show(const storage::Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  const bool last = progress.total == progress.bytes;
  if (!on_terminal_ || (shown_ && !last && now - drawn_ < kRedraw)) return;
  drawn_ = now;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  std::fprintf(stderr, "\r\x1b[K%s", ProgressLine(name_, progress, seconds).c_str());
  std::fflush(stderr);
}

}  // namespace brink::apps

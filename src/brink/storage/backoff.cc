#include "brink/storage/backoff.h"

#include <algorithm>

namespace brink::storage {
namespace {

constexpr Backoff::Milliseconds kFirst{200};
constexpr Backoff::Milliseconds kLongest{20'000};
constexpr int kMostDoublings = 8;

}  // namespace

Backoff::Backoff(Milliseconds patience, Clock::time_point deadline, unsigned seed)
    : patience_(patience), deadline_(deadline), progressed_(Clock::now()), random_(seed) {}

void Backoff::Progressed(Clock::time_point now) {
  progressed_ = now;
  failures_ = 0;
}

Backoff::Milliseconds Backoff::NextWait(Milliseconds asked) {
  const auto full = std::min(kLongest, kFirst * (1 << std::min(failures_, kMostDoublings)));
  ++failures_;
  std::uniform_int_distribution<int64_t> jitter(full.count() / 2, full.count());
  return std::max(Milliseconds(jitter(random_)), asked);
}

bool Backoff::MayTryAt(Clock::time_point when) const {
  return when < deadline_ && when - progressed_ < patience_;
}

}  // namespace brink::storage

#include "brink/metrics/recent.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace brink::metrics {

void Recent::Observe(double value) {
  if (ring_.size() < kKept) {
    ring_.push_back(value);
  } else {
    ring_[count_ % kKept] = value;
  }
  ++count_;
  sum_ += value;
}

std::vector<double> Recent::Quantiles(const std::vector<double>& shares) const {
  std::vector<double> sorted = ring_;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> quantiles;
  for (const double share : shares) {
    if (sorted.empty()) {
      quantiles.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const double rank = std::ceil(share * static_cast<double>(sorted.size()));
    quantiles.push_back(sorted[static_cast<size_t>(std::max(rank, 1.0)) - 1]);
  }
  return quantiles;
}

}  // namespace brink::metrics

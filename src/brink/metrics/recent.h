// The last observations of a series, for its quantiles: constant time and memory an observation,
// whatever the rate. (prometheus-cpp's Summary moves tens of kilobytes for each.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace brink::metrics {

// Not for two threads at once.
class Recent {
 public:
  static constexpr size_t kKept = 1024;

  void Observe(double value);

  // Of the kept observations the value that `share` of them, 0 to 1, do not exceed, for each of
  // `shares`; NaN where there is none.
  std::vector<double> Quantiles(const std::vector<double>& shares) const;

  uint64_t count() const { return count_; }  // of all, ever
  double sum() const { return sum_; }

 private:
  std::vector<double> ring_;  // grows to kKept
  uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace brink::metrics

#include "brink/storage/range_set.h"

#include <algorithm>

namespace brink::storage {

void RangeSet::Add(int64_t begin, int64_t end) {
  if (begin >= end) return;
  // The ranges that overlap or touch [begin, end) lie side by side.
  const auto first = std::find_if(ranges_.begin(), ranges_.end(),
                                  [&](const ByteRange& range) { return range.end >= begin; });
  auto last = first;
  while (last != ranges_.end() && last->begin <= end) {
    begin = std::min(begin, last->begin);
    end = std::max(end, last->end);
    ++last;
  }
  const auto place = ranges_.erase(first, last);
  ranges_.insert(place, {begin, end});
}

int64_t RangeSet::Frontier() const {
  return !ranges_.empty() && ranges_.front().begin == 0 ? ranges_.front().end : 0;
}

int64_t RangeSet::Bytes() const {
  int64_t bytes = 0;
  for (const ByteRange& range : ranges_) bytes += range.end - range.begin;
  return bytes;
}

ByteRange RangeSet::FirstHole(int64_t from, int64_t end) const {
  if (from >= end) return {end, end};
  for (const ByteRange& range : ranges_) {
    if (range.end <= from) continue;
    if (range.begin > from) return {from, std::min(range.begin, end)};
    from = range.end;
  }
  return {std::min(from, end), end};
}

}  // namespace brink::storage

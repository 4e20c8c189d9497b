// Which bytes of a file are there already: a sorted set of ranges that do not touch. storage/ only.
#pragma once

#include <cstdint>
#include <vector>

namespace brink::storage {

struct ByteRange {
  int64_t begin = 0;
  int64_t end = 0;  // behind the last byte
  bool operator==(const ByteRange&) const = default;
};

class RangeSet {
 public:
  // Joins what touches. An empty range adds nothing.
  void Add(int64_t begin, int64_t end);
  void Clear() { ranges_.clear(); }

  // How far it reaches from 0 without a hole.
  int64_t Frontier() const;
  int64_t Bytes() const;
  // The first hole in [from, end); begin == end when there is none.
  ByteRange FirstHole(int64_t from, int64_t end) const;
  const std::vector<ByteRange>& ranges() const { return ranges_; }

 private:
  std::vector<ByteRange> ranges_;
};

}  // namespace brink::storage

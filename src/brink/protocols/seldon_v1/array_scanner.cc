#include "brink/protocols/seldon_v1/array_scanner.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>
#include <vector>

namespace brink::protocols::seldon_v1 {
namespace {

// An array of so many numbers is taken for a long one, and gets memory at once for as many as the
// rest of the text holds if they go on as they began. Not each short one: a request may bring
// millions of them.
constexpr size_t kManyNumbers = 1024;
constexpr size_t kShortNumber = 4;  // characters, with the comma: no text is taken to hold more

class ArrayScanner {
 public:
  explicit ArrayScanner(std::string_view text)
      : begin_(text.data()), p_(begin_), end_(p_ + text.size()) {}

  // Whether the text begins with an array of numbers of one shape.
  bool Scan() {
    while (true) {
      if (Peek() == '[') {
        if (!Open()) return false;
        continue;
      }
      if (!TakeNumber()) return false;
      while (Peek() == ']') {
        if (!Close()) return false;
        if (depth_ == 0) return true;
      }
      if (Peek() != ',') return false;
      ++p_;
    }
  }

  const char* end() const { return p_; }

  Tensor Take() const {
    Shape shape;
    for (int axis = 0; axis < rank_; ++axis) shape.Append(extents_[static_cast<size_t>(axis)]);
    Tensor tensor(real_ ? Type::kFloat64 : Type::kInt64, shape);
    std::memcpy(tensor.bytes().data(), words_.data(), tensor.bytes().size());
    return tensor;
  }

 private:
  char Peek() {
    while (p_ < end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\t' || *p_ == '\r')) ++p_;
    return p_ < end_ ? *p_ : '\0';
  }

  bool Open() {
    if (depth_ == (rank_ < 0 ? Shape::kMaxRank : rank_)) return false;
    counts_[static_cast<size_t>(depth_++)] = 0;
    ++p_;
    return true;
  }

  // Lists of one depth must all be of one length; a list is an element of the one around it.
  bool Close() {
    const auto level = static_cast<size_t>(--depth_);
    if (extents_[level] < 0) extents_[level] = counts_[level];
    if (extents_[level] != counts_[level]) return false;
    if (level > 0) ++counts_[level - 1];
    ++p_;
    return true;
  }

  bool TakeNumber() {
    if (rank_ < 0) rank_ = depth_;
    if (depth_ != rank_ || depth_ == 0) return false;
    const json::Number number =
        json::ScanNumber(std::string_view(p_, static_cast<size_t>(end_ - p_)));
    if (number.kind == json::Number::Kind::kDouble) {
      if (!real_) BecomeReal();
      words_.push_back(std::bit_cast<uint64_t>(number.real));
    } else if (number.kind == json::Number::Kind::kInt) {
      words_.push_back(real_ ? std::bit_cast<uint64_t>(static_cast<double>(number.integer))
                             : static_cast<uint64_t>(number.integer));
    } else {
      return false;
    }
    p_ += number.length;
    if (words_.size() == kManyNumbers) ReserveForRest();
    ++counts_[static_cast<size_t>(depth_ - 1)];
    return true;
  }

  void ReserveForRest() {
    const size_t each = std::max(static_cast<size_t>(p_ - begin_) / kManyNumbers, kShortNumber);
    words_.reserve(kManyNumbers + static_cast<size_t>(end_ - p_) / each);
  }

  // The first number with a point: the integers before it turn into doubles too.
  void BecomeReal() {
    real_ = true;
    for (uint64_t& word : words_) {
      word = std::bit_cast<uint64_t>(static_cast<double>(static_cast<int64_t>(word)));
    }
  }

  const char* begin_;
  const char* p_;
  const char* end_;
  int depth_ = 0;
  int rank_ = -1;  // the depth at which numbers lie; -1: none seen
  bool real_ = false;
  std::array<int64_t, Shape::kMaxRank> counts_{};  // elements of the open list of each depth
  std::array<int64_t, Shape::kMaxRank> extents_{-1, -1, -1, -1, -1, -1, -1, -1};
  std::vector<uint64_t> words_;  // int64 or, once real_, double bits
};

}  // namespace

std::optional<Tensor> ScanNumericArray(json::Scanner& scanner) {
  if (scanner.Peek() != '[') return std::nullopt;
  const std::string_view text = scanner.text().substr(scanner.offset());
  ArrayScanner array(text);
  if (!array.Scan()) return std::nullopt;
  scanner.Seek(scanner.offset() + static_cast<size_t>(array.end() - text.data()));
  return array.Take();
}

}  // namespace brink::protocols::seldon_v1

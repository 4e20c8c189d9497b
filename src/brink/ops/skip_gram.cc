// SKIP_GRAM: SkipGramOptions {ngram_size, max_skip_size, include_all_ngrams}. The words of the
// first string -> groups of ngram_size of them in their order, with at most max_skip_size words
// between two neighbours of a group; with include_all_ngrams smaller groups, too.
#include <algorithm>
#include <string>
#include <string_view>

#include "brink/ops/op.h"

namespace brink::ops {
namespace {

constexpr size_t kMostGrams = size_t{1} << 20;
constexpr size_t kMostBytes = size_t{1} << 26;

std::vector<std::string_view> WordsOf(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\v\f\r";
  std::vector<std::string_view> words;
  size_t at = 0;
  while ((at = text.find_first_not_of(kSpaces, at)) != std::string_view::npos) {
    const size_t end = std::min(text.find_first_of(kSpaces, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

class GramMaker {
 public:
  GramMaker(const NodeView& node, std::vector<std::string_view> words)
      : words_(std::move(words)),
        size_(static_cast<size_t>(node.options.Int32(0))),
        skip_(static_cast<size_t>(node.options.Int32(1))),
        all_(node.options.Bool(2)) {}

  // Longer groups come before those that they begin with. Not recursive: a group may be long.
  // False: there are too many.
  bool Make(std::vector<std::string>& grams) {
    std::vector<size_t> group;
    if (words_.size() < size_) return true;
    size_t next = 0;  // the word to try behind the group
    while (true) {
      const bool fits = next < words_.size() && group.size() < size_ &&
                        (group.empty() || next - group.back() <= skip_ + 1);
      if (fits) {
        group.push_back(next++);
        continue;
      }
      if (group.empty()) return true;
      if ((all_ || group.size() == size_) && !Add(group, grams)) return false;
      next = group.back() + 1;
      group.pop_back();
    }
  }

 private:
  bool Add(const std::vector<size_t>& group, std::vector<std::string>& grams) {
    std::string gram;
    for (const size_t word : group) {
      if (!gram.empty()) gram += ' ';
      gram += words_[word];
    }
    bytes_ += gram.size();
    if (grams.size() >= kMostGrams || bytes_ > kMostBytes) return false;
    grams.push_back(std::move(gram));
    return true;
  }

  std::vector<std::string_view> words_;
  size_t size_;
  size_t skip_;
  bool all_;
  size_t bytes_ = 0;
};

Result<Prepared> Prepare(const NodeView& node) {
  constexpr int32_t kMostWords = 1 << 16;
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kString}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kString}));
  for (const int field : {0, 1}) {
    const int32_t number = node.options.Int32(field);
    if (number < 1 - field || number > kMostWords)
      return node.Invalid("groups of " + std::to_string(node.options.Int32(0)) +
                          " words, at most " + std::to_string(node.options.Int32(1)) + " left out");
  }
  BRINK_TRY(node.CheckConstant(0));
  if (node.input(0).shape.elements() < 1) return node.Invalid("input 0: wanted a string");
  std::vector<std::string> grams;
  GramMaker maker(node, WordsOf(node.input(0).as<std::string>()[0]));
  if (!maker.Make(grams)) {
    return node.Fail(Code::kResourceExhausted, "more than " + std::to_string(kMostGrams) +
                                                   " groups of words or " +
                                                   std::to_string(kMostBytes) + " bytes of them");
  }
  const Shape shape = {static_cast<int64_t>(grams.size())};
  Prepared prepared{.shapes = {shape}, .kernel = "known"};
  prepared.known.emplace_back(shape, std::move(grams));
  return prepared;
}

}  // namespace

extern const OpDef kSkipGram{
    .name = "SKIP_GRAM", .code = 30, .types = "string", .kernels = "known", .prepare = Prepare};

}  // namespace brink::ops

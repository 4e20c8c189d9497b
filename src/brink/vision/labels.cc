#include "brink/vision/labels.h"

#include <algorithm>

#include "brink/base/file.h"
#include "brink/base/utf8.h"

namespace brink::vision {
namespace {

constexpr size_t kMaxLabelFileBytes = size_t{8} << 20;

}  // namespace

Result<std::vector<std::string>> ParseLabels(std::string_view text, const std::string& where) {
  std::vector<std::string> labels;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view label = text.substr(begin, end - begin);
    if (label.ends_with('\r')) label.remove_suffix(1);
    if (!utf8::IsValid(label) || label.find('\0') != std::string_view::npos) {
      return Fail(Code::kInvalidArgument,
                  where + ": line " + std::to_string(labels.size() + 1) + " is not UTF-8 text");
    }
    if (labels.size() == kMaxLabels) {
      return Fail(Code::kResourceExhausted,
                  where + ": more than " + std::to_string(kMaxLabels) + " labels");
    }
    labels.emplace_back(label);
    begin = end + 1;
  }
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  return labels;
}

Result<std::vector<std::string>> ReadLabelFile(const std::string& directory,
                                               const std::string& file) {
  if (directory.empty()) {
    return Fail(Code::kInvalidArgument, "the card is not in a folder: list the labels in it");
  }
  if (file.empty() || file == "." || file == ".." || file.find('/') != std::string::npos) {
    return Fail(Code::kInvalidArgument,
                "expected the name of a file beside the card, got '" + file + "'");
  }
  const std::string path = directory + "/" + file;
  BRINK_ASSIGN(const std::string text, ReadTextFile(path, kMaxLabelFileBytes));
  return ParseLabels(text, path);
}

std::string LabelOf(const std::vector<std::string>& labels, int index) {
  const bool named = index >= 0 && static_cast<size_t>(index) < labels.size();
  return named ? labels[static_cast<size_t>(index)] : std::to_string(index);
}

}  // namespace brink::vision

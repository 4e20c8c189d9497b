#include "deployment_file.h"

#include <iostream>

#include "brink/base/file.h"

namespace brink::apps {
namespace {

constexpr size_t kLongestFile = size_t{1} << 20;

Result<std::string> ReadInput() {
  std::string text(kLongestFile + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(std::cin.gcount()));
  if (text.size() <= kLongestFile) return text;
  return Fail(Code::kResourceExhausted,
              "standard input: longer than " + std::to_string(kLongestFile) + " bytes");
}

}  // namespace

Result<DeploymentFile> ReadDeploymentFile(const std::string& path) {
  const bool is_input = path == "-";
  DeploymentFile file{.name = is_input ? "standard input" : path, .text = ""};
  BRINK_ASSIGN(file.text, is_input ? ReadInput() : ReadTextFile(path, kLongestFile));
  return file;
}

}  // namespace brink::apps

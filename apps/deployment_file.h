// The file that -f names: a deployment's text, from a path or standard input.
#pragma once

#include <string>

#include "brink/base/result.h"

namespace brink::apps {

struct DeploymentFile {
  std::string name;  // for messages: the path, or "standard input"
  std::string text;
};

// "-" is standard input. Longer than a MiB is kResourceExhausted.
Result<DeploymentFile> ReadDeploymentFile(const std::string& path);

}  // namespace brink::apps

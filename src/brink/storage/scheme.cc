#include "brink/storage/scheme.h"

#include <cstdlib>

#include "brink/base/file.h"
#include "brink/storage/schemes/rclone.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

constexpr Scheme kSchemes[] = {
    {"", OpenPath},       {"file", OpenFileUri}, {"pvc", OpenPvc}, {"http", OpenHttp},
    {"https", OpenHttps}, {"s3", OpenS3},        {"gs", OpenGs},   {"az", OpenAbfs},
    {"abfs", OpenAbfs},   {"abfss", OpenAbfs},   {"hf", OpenHf},   {"oci", OpenOci},
};

constexpr size_t kLongestSecret = size_t{64} << 10;

std::optional<std::string> ProcessVariable(const std::string& name) {
  const char* text = std::getenv(name.c_str());
  return text != nullptr ? std::optional<std::string>(text) : std::nullopt;
}

}  // namespace

Result<Opened> Open(const std::string& uri, const FetchOptions& options) {
  if (IsRcloneRemote(uri, options)) return OpenRclone(uri, options);
  const std::string name = SchemeOf(uri);
  std::string known;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == name) return scheme.open(uri, options);
    known += scheme.name.empty() ? "a path" : ", " + std::string(scheme.name) + ":";
  }
  return Fail(Code::kUnimplemented, "scheme '" + name + ":' is not supported: " + known +
                                        " are, and rclone's remotes that RCLONE_CONFIG_<NAME>_TYPE "
                                        "configures");
}

std::optional<std::string> Variable(const FetchOptions& options, const std::string& name) {
  const auto get = [&](const std::string& key) {
    return options.environment ? options.environment(key) : ProcessVariable(key);
  };
  std::optional<std::string> value = get(name);
  const std::optional<std::string> folder = get("BRINK_SECRETS_DIR");
  if ((!value || value->empty()) && folder && !folder->empty()) {
    auto text = ReadTextFile(*folder + "/" + name, kLongestSecret);
    if (text) value = std::move(*text);
    while (value && (value->ends_with('\n') || value->ends_with('\r'))) value->pop_back();
  }
  if (value && value->empty()) value.reset();
  return value;
}

std::string VariableOr(const FetchOptions& options, const std::string& name,
                       const std::string& otherwise) {
  return Variable(options, name).value_or(otherwise);
}

}  // namespace brink::storage

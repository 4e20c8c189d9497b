#include "brink/storage/scheme.h"

#include <cstdlib>

#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

constexpr Scheme kSchemes[] = {
    {"", OpenPath},     {"file", OpenFileUri}, {"pvc", OpenPvc},
    {"http", OpenHttp}, {"https", OpenHttp},
};

}  // namespace

Result<Opened> Open(const std::string& uri, const FetchOptions& options) {
  const std::string name = SchemeOf(uri);
  std::string known;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == name) return scheme.open(uri, options);
    known += scheme.name.empty() ? "a path" : ", " + std::string(scheme.name) + ":";
  }
  return Fail(Code::kUnimplemented, "scheme '" + name + ":' is not supported: " + known + " are");
}

std::optional<std::string> Variable(const FetchOptions& options, const std::string& name) {
  std::optional<std::string> value;
  if (options.environment) {
    value = options.environment(name);
  } else if (const char* text = std::getenv(name.c_str())) {
    value = text;
  }
  if (value && value->empty()) value.reset();
  return value;
}

std::string VariableOr(const FetchOptions& options, const std::string& name,
                       const std::string& otherwise) {
  return Variable(options, name).value_or(otherwise);
}

}  // namespace brink::storage

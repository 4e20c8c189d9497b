#include "brink/storage/scheme.h"

#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

constexpr Scheme kSchemes[] = {
    {"", FetchPath},
    {"file", FetchFileUri},
    {"http", FetchHttp},
    {"https", FetchHttp},
};

}  // namespace

Result<const Scheme*> FindScheme(std::string_view uri) {
  const std::string name = SchemeOf(uri);
  std::string known;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == name) return &scheme;
    known += scheme.name.empty() ? "a path" : ", " + std::string(scheme.name) + ":";
  }
  return Fail(Code::kUnimplemented, "scheme '" + name + ":' is not supported: " + known + " are");
}

}  // namespace brink::storage

// http: and https:.
#include "brink/storage/scheme.h"
#include "brink/storage/schemes/azure.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

class HttpSource : public Source {
 public:
  explicit HttpSource(std::string url) : url_(std::move(url)) {}

  Result<std::vector<Item>> List(const FetchOptions& /*options*/) override {
    return std::vector<Item>{{.name = FileNameOf(url_), .key = url_}};
  }
  Result<Request> Read(const Item& item, const FetchOptions& /*options*/) override {
    return Request{.url = item.key};
  }

 private:
  std::string url_;
};

}  // namespace

Result<Opened> OpenHttp(const std::string& uri, const FetchOptions& /*options*/) {
  return Opened{.path = "", .source = std::make_unique<HttpSource>(uri)};
}

// Azure's hosts hold folders too, and want its signatures; else as http.
Result<Opened> OpenHttps(const std::string& uri, const FetchOptions& options) {
  const bool azure = !AzureAccountOf(SplitUri(uri).authority).empty();
  return azure ? OpenAzureHttps(uri, options) : OpenHttp(uri, options);
}

}  // namespace brink::storage

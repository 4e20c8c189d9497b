#include "brink/storage/schemes/webdav.h"

#include "brink/base/percent.h"
#include "brink/storage/http_client.h"
#include "brink/storage/item_name.h"
#include "brink/storage/listing_page.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

constexpr int kDeepest = 32;

class WebdavSource : public Source {
 public:
  WebdavSource(WebdavSettings settings, std::string path)
      : settings_(std::move(settings)), path_(std::move(path)) {
    while (path_.ends_with('/')) path_.pop_back();
    base_ = "/" + PercentDecoded(SplitUri(settings_.url).path);
    while (base_.ends_with('/')) base_.pop_back();
  }

  Result<std::vector<Item>> List(const FetchOptions& options) override {
    std::vector<Item> items;
    BRINK_TRY(ListBelow(path_, 0, items, options));
    if (items.empty()) return Fail(Code::kNotFound, "no file in the folder");
    return items;
  }

  Result<Request> Read(const Item& item, const FetchOptions& /*options*/) override {
    return Authorized(item.key);
  }

 private:
  Request Authorized(const std::string& path) const {
    Request request{.url = settings_.url + "/" + PercentEncoded(path, "/"),
                    .user = settings_.user,
                    .password = settings_.password};
    if (!settings_.bearer_token.empty()) {
      request.headers.push_back("Authorization: Bearer " + settings_.bearer_token);
    }
    return request;
  }

  // One folder at a time: many servers refuse "Depth: infinity".
  Status ListBelow(const std::string& path, int depth, std::vector<Item>& items,
                   const FetchOptions& options) {
    if (depth > kDeepest) return Fail(Code::kResourceExhausted, "folders too deep");
    const auto make = [&]() -> Result<Request> {
      Request request = Authorized(path);
      request.method = "PROPFIND";
      request.headers.emplace_back("Depth: 1");
      return request;
    };
    BRINK_ASSIGN(const Answer answer, AskForOk(make, options));
    BRINK_ASSIGN(const ListingPage page, ParseWebdavPage(answer.body));
    for (const ListedObject& object : page.objects) {
      if (!object.key.starts_with(base_ + "/")) continue;
      std::string key = object.key.substr(base_.size() + 1);
      const bool folder = key.ends_with('/') || key.empty();
      while (key.ends_with('/')) key.pop_back();
      if (folder && key.size() > path.size()) {
        BRINK_TRY(ListBelow(key, depth + 1, items, options));
      }
      if (folder || items.size() > static_cast<size_t>(options.max_files)) continue;
      const bool itself = key == path_;
      if (!itself && !path_.empty() && !key.starts_with(path_ + "/")) continue;
      const std::string name = itself          ? LastPartOf(key)
                               : path_.empty() ? key
                                               : key.substr(path_.size() + 1);
      items.push_back({.name = name, .key = key, .bytes = object.bytes});
    }
    return {};
  }

  WebdavSettings settings_;
  std::string path_;
  std::string base_;
};

}  // namespace

std::unique_ptr<Source> MakeWebdavSource(WebdavSettings settings, const std::string& path) {
  return std::make_unique<WebdavSource>(std::move(settings), path);
}

}  // namespace brink::storage

// hf://ORG/REPO[@REV][/PATH]: Hugging Face's hub, or a mirror in HF_ENDPOINT. HF_TOKEN opens what
// is private. KServe's hf://ORG/REPO:REV is taken too.
#include <algorithm>

#include "brink/base/percent.h"
#include "brink/storage/http_client.h"
#include "brink/storage/item_name.h"
#include "brink/storage/listing_page.h"
#include "brink/storage/scheme.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

struct HubPlace {
  std::string repo;  // "ORG/REPO"
  std::string revision = "main";
  std::string path;
};

Result<HubPlace> ReadPlace(const std::string& uri) {
  std::string rest = uri.substr(uri.find(':') + 1);
  while (rest.starts_with('/')) rest.erase(0, 1);
  while (rest.ends_with('/')) rest.pop_back();
  const size_t org = rest.find('/');
  if (org == std::string::npos || org == 0 || org + 1 == rest.size()) {
    return Fail(Code::kInvalidArgument, "want hf://ORG/REPO[@REV][/PATH]");
  }
  const size_t repo_end = std::min(rest.find_first_of("@:/", org + 1), rest.size());
  HubPlace place{.repo = rest.substr(0, repo_end), .path = ""};
  rest = rest.substr(repo_end);
  if (!rest.empty() && rest[0] != '/') {
    const size_t slash = std::min(rest.find('/'), rest.size());
    place.revision = PercentDecoded(rest.substr(1, slash - 1));
    rest = rest.substr(slash);
  }
  if (place.revision.empty()) return Fail(Code::kInvalidArgument, "an empty revision");
  if (!rest.empty()) place.path = PercentDecoded(rest.substr(1));
  return place;
}

// "<https://host/next>; rel=\"next\"" -> the URL, if it is of the same server.
std::string NextOf(const std::string& link, const std::string& endpoint) {
  const size_t end = link.find(">; rel=\"next\"");
  if (!link.starts_with('<') || end == std::string::npos) return "";
  const std::string url = link.substr(1, end - 1);
  return url.starts_with(endpoint + "/") ? url : "";
}

class HubSource : public Source {
 public:
  HubSource(HubPlace place, std::string endpoint, std::string token)
      : place_(std::move(place)), endpoint_(std::move(endpoint)), token_(std::move(token)) {}

  Result<std::vector<Item>> List(const FetchOptions& options) override {
    std::vector<Item> items;
    std::string url = endpoint_ + "/api/models/" + PercentEncoded(place_.repo, "/") + "/tree/" +
                      PercentEncoded(place_.revision, "") + "?recursive=true";
    while (!url.empty() && items.size() <= static_cast<size_t>(options.max_files)) {
      BRINK_ASSIGN(const Answer answer,
                   AskForOk([&]() -> Result<Request> { return Authorized(url); }, options));
      BRINK_ASSIGN(const ListingPage page, ParseHfPage(answer.body));
      for (const ListedObject& object : page.objects) Take(object, items);
      url = NextOf(answer.Header("link"), endpoint_);
    }
    if (items.empty()) return Fail(Code::kNotFound, "no such file or folder in the repository");
    return items;
  }

  Result<Request> Read(const Item& item, const FetchOptions& /*options*/) override {
    return Authorized(endpoint_ + "/" + PercentEncoded(place_.repo, "/") + "/resolve/" +
                      PercentEncoded(place_.revision, "") + "/" + PercentEncoded(item.key, "/"));
  }

 private:
  void Take(const ListedObject& object, std::vector<Item>& items) const {
    const std::string& path = place_.path;
    std::string name = object.key;
    if (object.key == path) {
      name = LastPartOf(path);
    } else if (!path.empty()) {
      if (!object.key.starts_with(path + "/")) return;
      name = object.key.substr(path.size() + 1);
    }
    Item item{.name = name, .key = object.key, .bytes = object.bytes, .sha256 = object.sha256};
    // Git's name of the content.
    if (!object.etag.empty()) item.content_id = endpoint_ + " " + place_.repo + " " + object.etag;
    items.push_back(std::move(item));
  }

  Request Authorized(const std::string& url) const {
    Request request{.url = url};
    // libcurl does not carry it on to the hosts that the hub redirects to.
    if (!token_.empty()) request.headers.push_back("Authorization: Bearer " + token_);
    return request;
  }

  HubPlace place_;
  std::string endpoint_;
  std::string token_;
};

}  // namespace

Result<Opened> OpenHf(const std::string& uri, const FetchOptions& options) {
  BRINK_ASSIGN(HubPlace place, ReadPlace(uri));
  std::string endpoint = VariableOr(options, "HF_ENDPOINT", "https://huggingface.co");
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const std::string token =
      VariableOr(options, "HF_TOKEN", VariableOr(options, "HUGGING_FACE_HUB_TOKEN", ""));
  return Opened{.path = "",
                .source = std::make_unique<HubSource>(std::move(place), endpoint, token)};
}

}  // namespace brink::storage

#include "brink/storage/listing_page.h"

#include <charconv>

#include "brink/base/json.h"
#include "brink/base/percent.h"
#include "brink/storage/uri.h"
#include "brink/storage/xml.h"

namespace brink::storage {
namespace {

int64_t NumberOf(std::string_view text) {
  int64_t number = -1;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size() && number >= 0 ? number : -1;
}

std::string TextOf(const json::Value& object, std::string_view key) {
  const json::Value* value = object.Find(key);
  const std::string* text = value != nullptr ? value->get<std::string>() : nullptr;
  return text != nullptr ? *text : "";
}

int64_t BytesOf(const json::Value& object, std::string_view key) {
  const json::Value* value = object.Find(key);
  if (value == nullptr) return -1;
  if (const int64_t* number = value->get<int64_t>()) return *number >= 0 ? *number : -1;
  const std::string* text = value->get<std::string>();
  return text != nullptr ? NumberOf(*text) : -1;
}

Result<json::Value> ParseJson(std::string_view text) {
  auto value = json::Parse(text, {.max_depth = 32, .max_values = 200'000});
  if (value) return value;
  return Fail(Code::kDataLoss,
              "the server's listing is no JSON that can be read: " + value.error().message);
}

// The path of an href: of "http://host/a%20b" it is "/a b".
std::string PathOfHref(std::string_view href) {
  const size_t authority = href.find("://");
  if (authority != std::string_view::npos) {
    const size_t slash = href.find('/', authority + 3);
    href = slash == std::string_view::npos ? "/" : href.substr(slash);
  }
  return PercentDecoded(href);
}

}  // namespace

Result<ListingPage> ParseS3Page(std::string_view xml) {
  ListingPage page;
  ListedObject object;
  BRINK_TRY(ReadXml(xml, [&](const std::string& path, const std::string& text) {
    if (path == "ListBucketResult/Contents/Key") object.key = text;
    if (path == "ListBucketResult/Contents/Size") object.bytes = NumberOf(text);
    if (path == "ListBucketResult/Contents/ETag") object.etag = text;
    if (path == "ListBucketResult/NextContinuationToken") page.next = text;
    if (path != "ListBucketResult/Contents") return;
    page.objects.push_back(std::move(object));
    object = {};
  }));
  return page;
}

Result<ListingPage> ParseAzurePage(std::string_view xml) {
  ListingPage page;
  ListedObject object;
  bool folder = false;
  const std::string blob = "EnumerationResults/Blobs/Blob";
  BRINK_TRY(ReadXml(xml, [&](const std::string& path, const std::string& text) {
    if (path == blob + "/Name") object.key = text;
    if (path == blob + "/Properties/Content-Length") object.bytes = NumberOf(text);
    if (path == blob + "/Properties/Content-MD5") object.etag = text;
    if (path == blob + "/Properties/ResourceType") folder = text == "directory";
    if (path == "EnumerationResults/NextMarker") page.next = text;
    if (path != blob) return;
    if (!folder) page.objects.push_back(std::move(object));
    object = {};
    folder = false;
  }));
  return page;
}

Result<ListingPage> ParseWebdavPage(std::string_view xml) {
  ListingPage page;
  ListedObject object;
  bool folder = false;
  BRINK_TRY(ReadXml(xml, [&](const std::string& path, const std::string& text) {
    const std::string prop = "multistatus/response/propstat/prop/";
    if (path == "multistatus/response/href") object.key = PathOfHref(text);
    if (path == prop + "getcontentlength") object.bytes = NumberOf(text);
    if (path == prop + "getetag") object.etag = text;
    if (path == prop + "resourcetype/collection") folder = true;
    if (path != "multistatus/response") return;
    if (folder && !object.key.ends_with('/')) object.key += '/';
    page.objects.push_back(std::move(object));
    object = {};
    folder = false;
  }));
  return page;
}

Result<ListingPage> ParseGsPage(std::string_view text) {
  BRINK_ASSIGN(const json::Value root, ParseJson(text));
  ListingPage page;
  page.next = TextOf(root, "nextPageToken");
  const json::Value* items = root.Find("items");
  const json::Array* list = items != nullptr ? items->get<json::Array>() : nullptr;
  if (list == nullptr) return page;
  for (const json::Value& item : *list) {
    page.objects.push_back({.key = TextOf(item, "name"),
                            .bytes = BytesOf(item, "size"),
                            .etag = TextOf(item, "md5Hash"),
                            .sha256 = ""});
  }
  return page;
}

Result<ListingPage> ParseHfPage(std::string_view text) {
  BRINK_ASSIGN(const json::Value root, ParseJson(text));
  const json::Array* list = root.get<json::Array>();
  if (list == nullptr) return Fail(Code::kDataLoss, "the server's listing is no list");
  ListingPage page;
  for (const json::Value& item : *list) {
    if (TextOf(item, "type") != "file") continue;
    ListedObject object{.key = TextOf(item, "path"),
                        .bytes = BytesOf(item, "size"),
                        .etag = TextOf(item, "oid"),
                        .sha256 = ""};
    const json::Value* lfs = item.Find("lfs");
    const std::string digest = lfs != nullptr ? TextOf(*lfs, "oid") : "";
    const bool hex =
        digest.size() == 64 && digest.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (hex) object.sha256 = digest;
    page.objects.push_back(std::move(object));
  }
  return page;
}

}  // namespace brink::storage

#include "brink/storage/listing.h"

#include "brink/storage/item_name.h"

namespace brink::storage {
namespace {

constexpr int kKeysAPage = 1000;

Item ItemOf(const ListedObject& object, const std::string& name, const std::string& scope) {
  Item item{.name = name, .key = object.key, .bytes = object.bytes, .sha256 = object.sha256};
  if (!object.etag.empty() && object.bytes >= 0 && !scope.empty()) {
    item.content_id = scope + " " + object.etag + " " + std::to_string(object.bytes);
  }
  return item;
}

}  // namespace

Result<std::vector<Item>> ListKeys(const std::string& path, const ListPage& list,
                                   const FetchOptions& options, const std::string& scope) {
  const bool maybe_object = !path.empty() && !path.ends_with('/');
  if (maybe_object) {
    // The key itself comes before all that it begins.
    const Result<ListingPage> first = list(path, "", 1);
    if (!first && first.error().code == Code::kPermissionDenied) {
      return std::vector<Item>{{.name = LastPartOf(path), .key = path}};
    }
    if (!first) return Fail(first.error());
    if (!first->objects.empty() && first->objects[0].key == path) {
      return std::vector<Item>{ItemOf(first->objects[0], LastPartOf(path), scope)};
    }
  }
  const std::string prefix = maybe_object ? path + "/" : path;
  std::vector<Item> items;
  std::string from;
  do {
    BRINK_ASSIGN(const ListingPage page, list(prefix, from, kKeysAPage));
    for (const ListedObject& object : page.objects) {
      const bool marker = object.key.ends_with('/') || object.key.size() <= prefix.size();
      if (marker || !object.key.starts_with(prefix)) continue;
      items.push_back(ItemOf(object, object.key.substr(prefix.size()), scope));
    }
    if (items.size() > static_cast<size_t>(options.max_files)) break;  // the caller says so
    if (page.next == from) break;
    from = page.next;
  } while (!from.empty());
  if (items.empty()) return Fail(Code::kNotFound, "no object and no folder of that name");
  return items;
}

}  // namespace brink::storage

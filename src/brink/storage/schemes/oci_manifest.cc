#include "brink/storage/schemes/oci_manifest.h"

#include "brink/base/json.h"
#include "brink/storage/item_name.h"

namespace brink::storage {
namespace {

constexpr std::string_view kTitle = "org.opencontainers.image.title";
constexpr std::string_view kUnpack = "io.deis.oras.content.unpack";
constexpr std::string_view kDigest = "sha256:";

std::string TextOf(const json::Value* object, std::string_view key) {
  const json::Value* value = object != nullptr ? object->Find(key) : nullptr;
  const std::string* text = value != nullptr ? value->get<std::string>() : nullptr;
  return text != nullptr ? *text : "";
}

const json::Array* ListOf(const json::Value& object, std::string_view key) {
  const json::Value* value = object.Find(key);
  return value != nullptr ? value->get<json::Array>() : nullptr;
}

// The hex digits of "sha256:HEX"; "" for what is none.
std::string HexOfDigest(const std::string& digest) {
  const bool fits =
      digest.size() == kDigest.size() + 64 && digest.starts_with(kDigest) &&
      digest.find_first_not_of("0123456789abcdef", kDigest.size()) == std::string::npos;
  return fits ? digest.substr(kDigest.size()) : "";
}

Result<Item> ItemOf(const json::Value& layer, bool image, size_t number) {
  const std::string digest = TextOf(&layer, "digest");
  Item item{.key = digest, .sha256 = HexOfDigest(digest)};
  const json::Value* size = layer.Find("size");
  const int64_t* bytes = size != nullptr ? size->get<int64_t>() : nullptr;
  if (item.sha256.empty() || bytes == nullptr || *bytes < 0) {
    return Fail(Code::kDataLoss, "a layer of the manifest has no SHA-256 digest or no size");
  }
  item.bytes = *bytes;
  const json::Value* annotations = layer.Find("annotations");
  item.name = TextOf(annotations, kTitle);
  const std::string type = TextOf(&layer, "mediaType");
  const bool archive = type.find("tar") != std::string::npos;
  item.unpack = item.name.empty() ? archive : TextOf(annotations, kUnpack) == "true";
  if (item.name.empty()) {
    item.name = "layer-" + std::to_string(number);
    if (image) item.only_below = "models";
  }
  return item;
}

}  // namespace

Result<OciManifest> ParseOciManifest(std::string_view text, std::string_view architecture) {
  const auto root = json::Parse(text, {.max_depth = 32, .max_values = 100'000});
  if (!root) {
    return Fail(Code::kDataLoss, "the registry's manifest is no JSON: " + root.error().message);
  }
  OciManifest manifest;
  if (const json::Array* list = ListOf(*root, "manifests"); list != nullptr && !list->empty()) {
    const json::Value* chosen = &list->front();
    for (const json::Value& candidate : *list) {
      if (TextOf(candidate.Find("platform"), "architecture") == architecture) {
        chosen = &candidate;
        break;
      }
    }
    manifest.go_on_with = TextOf(chosen, "digest");
    if (!HexOfDigest(manifest.go_on_with).empty()) return manifest;
    return Fail(Code::kDataLoss, "the registry's index names no digest");
  }
  const json::Array* layers = ListOf(*root, "layers");
  if (layers == nullptr) return Fail(Code::kDataLoss, "the registry's manifest has no layers");
  const std::string config = TextOf(root->Find("config"), "mediaType");
  const bool image = config.find("image") != std::string::npos;
  for (const json::Value& layer : *layers) {
    BRINK_ASSIGN(Item item, ItemOf(layer, image, manifest.items.size()));
    manifest.items.push_back(std::move(item));
  }
  return manifest;
}

}  // namespace brink::storage

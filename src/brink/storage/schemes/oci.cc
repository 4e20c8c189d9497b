// oci://REGISTRY/REPOSITORY[:TAG|@sha256:DIGEST]: models as OCI artifacts or images
// (github.com/opencontainers/distribution-spec). Credentials: those of docker and podman.
#include <algorithm>
#include <filesystem>

#include "brink/base/base64.h"
#include "brink/base/file.h"
#include "brink/base/json.h"
#include "brink/base/sha256.h"
#include "brink/storage/http_client.h"
#include "brink/storage/scheme.h"
#include "brink/storage/schemes/oci_manifest.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

constexpr const char* kAccept =
    "Accept: application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json, "
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json";

#if defined(__x86_64__)
constexpr std::string_view kArchitecture = "amd64";
#elif defined(__aarch64__)
constexpr std::string_view kArchitecture = "arm64";
#else
constexpr std::string_view kArchitecture = "arm";
#endif

struct Login {
  std::string user;
  std::string password;
};

struct Place {
  std::string registry;
  std::string repository;
  std::string reference = "latest";
};

std::string TextOf(const json::Value* object, std::string_view key) {
  const json::Value* value = object != nullptr ? object->Find(key) : nullptr;
  const std::string* text = value != nullptr ? value->get<std::string>() : nullptr;
  return text != nullptr ? *text : "";
}

Result<Place> ReadPlace(const std::string& uri) {
  const UriParts parts = SplitUri(uri);
  Place place{.registry = parts.authority, .repository = parts.path};
  if (const size_t at = place.repository.find('@'); at != std::string::npos) {
    place.reference = place.repository.substr(at + 1);
    place.repository.resize(at);
  } else if (const size_t colon = place.repository.rfind(':'); colon != std::string::npos) {
    place.reference = place.repository.substr(colon + 1);
    place.repository.resize(colon);
  }
  const bool whole =
      !place.registry.empty() && !place.repository.empty() && !place.reference.empty();
  if (!whole) return Fail(Code::kInvalidArgument, "want oci://REGISTRY/REPOSITORY[:TAG|@DIGEST]");
  if (place.registry == "docker.io") {
    place.registry = "registry-1.docker.io";
    if (place.repository.find('/') == std::string::npos) {
      place.repository.insert(0, "library/");
    }
  }
  return place;
}

// "auths" of docker's config.json: DOCKER_CONFIG is its folder, REGISTRY_AUTH_FILE is podman's
// file.
Login FindLogin(const FetchOptions& options, const std::string& registry) {
  std::vector<std::string> files;
  if (const auto file = Variable(options, "REGISTRY_AUTH_FILE")) files.push_back(*file);
  const std::string home = VariableOr(options, "HOME", "/root") + "/.docker";
  const std::string folder = VariableOr(options, "DOCKER_CONFIG", home);
  files.push_back(folder + "/config.json");
  files.push_back(folder + "/.dockerconfigjson");  // a secret of Kubernetes, mounted
  for (const std::string& file : files) {
    const auto text = ReadTextFile(file, size_t{1} << 20);
    const auto config = text ? json::Parse(*text) : Fail(text.error());
    const json::Value* auths = config ? config->Find("auths") : nullptr;
    const json::Value* entry = auths != nullptr ? auths->Find(registry) : nullptr;
    if (entry == nullptr && auths != nullptr) entry = auths->Find("https://" + registry);
    const auto pair = base64::Decode(TextOf(entry, "auth"));
    const size_t colon = pair ? pair->find(':') : std::string::npos;
    if (colon != std::string::npos) return {pair->substr(0, colon), pair->substr(colon + 1)};
  }
  return {};
}

// The value of key="..." in a WWW-Authenticate header.
std::string ParameterOf(const std::string& header, const std::string& key) {
  const size_t at = header.find(key + "=\"");
  if (at == std::string::npos) return "";
  const size_t begin = at + key.size() + 2;
  return header.substr(begin, header.find('"', begin) - begin);
}

class RegistrySource : public Source {
 public:
  RegistrySource(Place place, std::string root, Login login)
      : place_(std::move(place)), root_(std::move(root)), login_(std::move(login)) {}

  Result<std::vector<Item>> List(const FetchOptions& options) override {
    std::string reference = place_.reference;
    for (int depth = 0; depth < 3; ++depth) {
      BRINK_ASSIGN(const std::string text, Manifest(reference, options));
      BRINK_ASSIGN(OciManifest manifest, ParseOciManifest(text, kArchitecture));
      if (manifest.go_on_with.empty()) {
        if (manifest.items.empty()) return Fail(Code::kNotFound, "no layer in the manifest");
        return std::move(manifest.items);
      }
      reference = manifest.go_on_with;
    }
    return Fail(Code::kDataLoss, "an index of indexes of indexes");
  }

  Result<Request> Read(const Item& item, const FetchOptions& /*options*/) override {
    return Authorized("/blobs/" + item.key);
  }

 private:
  Request Authorized(const std::string& rest) const {
    Request request{.url = root_ + "/v2/" + place_.repository + rest};
    if (!token_.empty()) {
      request.headers.push_back("Authorization: Bearer " + token_);
    } else {
      request.user = login_.user;
      request.password = login_.password;
    }
    return request;
  }

  Result<std::string> Manifest(const std::string& reference, const FetchOptions& options) {
    const auto make = [&]() -> Result<Request> {
      Request request = Authorized("/manifests/" + reference);
      request.headers.emplace_back(kAccept);
      return request;
    };
    BRINK_ASSIGN(Answer answer, Ask(make, options));
    if (answer.status == 401 && token_.empty()) {
      BRINK_TRY(GetToken(answer.Header("www-authenticate"), options));
      BRINK_ASSIGN(answer, Ask(make, options));
    }
    if (answer.status != 200) return Fail(ErrorOf(answer));
    const std::string digest = "sha256:" + Sha256Hex(std::as_bytes(std::span(answer.body)));
    if (reference.starts_with("sha256:") && reference != digest) {
      return Fail(Code::kDataLoss,
                  "the registry's manifest is not of the digest that was asked for");
    }
    return std::move(answer.body);
  }

  // The registry names the server that gives tokens
  // (distribution.github.io/distribution/spec/auth/token).
  Status GetToken(const std::string& challenge, const FetchOptions& options) {
    const std::string realm = ParameterOf(challenge, "realm");
    const bool bearer = challenge.starts_with("Bearer ") || challenge.starts_with("bearer ");
    const bool safe = realm.starts_with("https://") ||
                      (root_.starts_with("http://") && realm.starts_with("http://"));
    if (!bearer || !safe) {
      return Fail(Code::kUnauthenticated, "HTTP 401: the registry wants other credentials");
    }
    const std::string query = FormOf({{"scope", "repository:" + place_.repository + ":pull"},
                                      {"service", ParameterOf(challenge, "service")}});
    const auto make = [&]() -> Result<Request> {
      return Request{.url = realm + (realm.find('?') == std::string::npos ? "?" : "&") + query,
                     .user = login_.user,
                     .password = login_.password};
    };
    BRINK_ASSIGN(const Answer answer, AskForOk(make, options));
    const auto json = json::Parse(answer.body);
    if (json) token_ = TextOf(&*json, "token");
    if (json && token_.empty()) token_ = TextOf(&*json, "access_token");
    if (!token_.empty()) return {};
    return Fail(Code::kUnauthenticated, "the registry's token server gives no token");
  }

  Place place_;
  std::string root_;
  Login login_;
  std::string token_;
};

bool IsLoopback(const std::string& registry) {
  return registry.starts_with("localhost") || registry.starts_with("127.") ||
         registry.starts_with("[::1]");
}

}  // namespace

Result<Opened> OpenOci(const std::string& uri, const FetchOptions& options) {
  BRINK_ASSIGN(Place place, ReadPlace(uri));
  const std::string plain = " " + VariableOr(options, "BRINK_OCI_PLAIN_HTTP", "") + " ";
  const bool http =
      IsLoopback(place.registry) || plain.find(" " + place.registry + " ") != std::string::npos;
  Login login = FindLogin(options, place.registry);
  const std::string root = (http ? "http://" : "https://") + place.registry;
  return Opened{
      .path = "",
      .source = std::make_unique<RegistrySource>(std::move(place), root, std::move(login))};
}

}  // namespace brink::storage

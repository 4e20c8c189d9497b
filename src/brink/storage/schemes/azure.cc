// https://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB, abfs(s)://CONTAINER@ACCOUNT.dfs..., and
// az://CONTAINER/BLOB of the account that the environment names.
#include "brink/storage/schemes/azure.h"

#include "brink/base/json.h"
#include "brink/base/percent.h"
#include "brink/storage/http_client.h"
#include "brink/storage/listing.h"
#include "brink/storage/scheme.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kVersion = "2021-08-06";

class AzureSource : public Source {
 public:
  AzureSource(AzureSettings settings, std::string container, std::string path)
      : settings_(std::move(settings)), container_(std::move(container)), path_(std::move(path)) {}

  Result<std::vector<Item>> List(const FetchOptions& options) override {
    const auto page = [&](const std::string& prefix, const std::string& from,
                          int most) -> Result<ListingPage> {
      std::map<std::string, std::string> query = {{"comp", "list"},
                                                  {"maxresults", std::to_string(most)},
                                                  {"prefix", prefix},
                                                  {"restype", "container"}};
      if (!from.empty()) query["marker"] = from;
      BRINK_ASSIGN(const Answer answer,
                   AskForOk([&] { return Authorized("", FormOf(query), options); }, options));
      return ParseAzurePage(answer.body);
    };
    auto items = ListKeys(path_, page, options, settings_.endpoint + "/" + container_);
    // Without permission to list, Azure says that there is no such container.
    const bool hidden = !items && items.error().code == Code::kNotFound && IsAnonymous();
    if (!hidden || path_.empty() || path_.ends_with('/')) return items;
    return std::vector<Item>{{.name = FileNameOf("https://x/" + path_), .key = path_}};
  }

  Result<Request> Read(const Item& item, const FetchOptions& options) override {
    return Authorized("/" + PercentEncoded(item.key, "/"), "", options);
  }

 private:
  bool IsAnonymous() const {
    return settings_.sas.empty() && settings_.shared_key.empty() && settings_.client_secret.empty();
  }

  Result<Request> Authorized(const std::string& rest, std::string query,
                             const FetchOptions& options) {
    std::string sas = settings_.sas;
    if (sas.empty() && !settings_.shared_key.empty()) {
      BRINK_ASSIGN(sas, AccountSas(settings_, std::time(nullptr)));
    }
    if (!sas.empty()) query += (query.empty() ? "" : "&") + sas;
    Request request{.url = settings_.endpoint + "/" + PercentEncoded(container_, "$") + rest,
                    .headers = {"x-ms-version: " + std::string(kVersion)}};
    if (!query.empty()) request.url += "?" + query;
    if (sas.empty() && !settings_.client_secret.empty()) {
      BRINK_TRY(RefreshToken(options));
      request.headers.push_back("Authorization: Bearer " + token_);
    }
    return request;
  }

  // OAuth 2's client credentials of a service principal.
  Status RefreshToken(const FetchOptions& options) {
    if (!token_.empty() && Clock::now() < good_until_) return {};
    const auto make = [&]() -> Result<Request> {
      return Request{.url = settings_.authority + "/" + PercentEncoded(settings_.tenant_id, "") +
                            "/oauth2/v2.0/token",
                     .headers = {"Content-Type: application/x-www-form-urlencoded"},
                     .method = "POST",
                     .body = FormOf({{"client_id", settings_.client_id},
                                     {"client_secret", settings_.client_secret},
                                     {"grant_type", "client_credentials"},
                                     {"scope", "https://storage.azure.com/.default"}})};
    };
    auto answer = Ask(make, options);
    if (!answer) return Fail(answer.error().Within("Azure's token server"));
    const auto json = json::Parse(answer->body);
    const json::Value* token = json ? json->Find("access_token") : nullptr;
    const std::string* text = token != nullptr ? token->get<std::string>() : nullptr;
    if (answer->status != 200 || text == nullptr) {
      return Fail(Code::kUnauthenticated, "Azure's token server refuses AZURE_CLIENT_ID: HTTP " +
                                              std::to_string(answer->status));
    }
    token_ = *text;
    good_until_ = Clock::now() + std::chrono::minutes(30);
    return {};
  }

  AzureSettings settings_;
  std::string container_;
  std::string path_;
  std::string token_;
  Clock::time_point good_until_;
};

Result<Opened> OpenIn(AzureSettings settings, const std::string& place) {
  const size_t slash = std::min(place.find('/'), place.size());
  const std::string container = PercentDecoded(place.substr(0, slash));
  const std::string path = PercentDecoded(place.substr(std::min(slash + 1, place.size())));
  if (container.empty()) return Fail(Code::kInvalidArgument, "no container in it");
  return Opened{.path = "", .source = MakeAzureSource(std::move(settings), container, path)};
}

}  // namespace

std::unique_ptr<Source> MakeAzureSource(AzureSettings settings, const std::string& container,
                                        const std::string& path) {
  return std::make_unique<AzureSource>(std::move(settings), container, path);
}

Result<Opened> OpenAzureHttps(const std::string& uri, const FetchOptions& options) {
  const UriParts parts = SplitUri(uri);
  BRINK_ASSIGN(AzureSettings settings, AzureSettingsOf(options, AzureAccountOf(parts.authority)));
  // A signature in the URL is more than any in the environment.
  if (parts.query.find("sig=") != std::string::npos) settings.sas = parts.query;
  return OpenIn(std::move(settings), parts.path);
}

// abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH, abfss:// the same; CONTAINER alone where the
// environment names the account.
Result<Opened> OpenAbfs(const std::string& uri, const FetchOptions& options) {
  const UriParts parts = SplitUri(uri);
  const size_t at = parts.authority.find('@');
  const std::string container = parts.authority.substr(0, at);
  const std::string host = at == std::string::npos ? "" : parts.authority.substr(at + 1);
  std::string account = AzureAccountOf(host);
  if (account.empty()) account = host.substr(0, host.find('.'));
  BRINK_ASSIGN(AzureSettings settings, AzureSettingsOf(options, account));
  return OpenIn(std::move(settings), container + "/" + parts.path);
}

}  // namespace brink::storage

#include <algorithm>
#include <array>
#include <map>

#include "brink/base/base64.h"
#include "brink/storage/crypto.h"
#include "brink/storage/http_client.h"
#include "brink/storage/scheme.h"
#include "brink/storage/schemes/azure.h"

namespace brink::storage {
namespace {

// Before encryption scopes, which add a line.
constexpr const char* kVersion = "2018-11-09";
constexpr std::time_t kLifeSeconds = 3600;

std::string TimeText(std::time_t now) {
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  const size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {text.data(), size};
}

}  // namespace

std::string AzureAccountOf(const std::string& authority) {
  for (const std::string_view end :
       {".blob.core.windows.net", ".dfs.core.windows.net", ".blob.core.usgovcloudapi.net",
        ".blob.core.chinacloudapi.cn"}) {
    if (authority.ends_with(end)) return authority.substr(0, authority.size() - end.size());
  }
  return "";
}

Status ReadConnectionString(const std::string& text, AzureSettings& settings) {
  std::map<std::string, std::string> values;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(';', begin), text.size());
    const std::string pair = text.substr(begin, end - begin);
    const size_t equals = pair.find('=');
    if (equals != std::string::npos) values[pair.substr(0, equals)] = pair.substr(equals + 1);
    begin = end + 1;
  }
  settings.account = values["AccountName"];
  settings.shared_key = values["AccountKey"];
  settings.sas = values["SharedAccessSignature"];
  settings.endpoint = values["BlobEndpoint"];
  if (settings.endpoint.empty() && !settings.account.empty()) {
    const std::string protocol = values["DefaultEndpointsProtocol"];
    const std::string suffix = values["EndpointSuffix"];
    settings.endpoint = (protocol.empty() ? "https" : protocol) + "://" + settings.account +
                        ".blob." + (suffix.empty() ? "core.windows.net" : suffix);
  }
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  if (!settings.endpoint.empty()) return {};
  return Fail(Code::kUnauthenticated,
              "the connection string has neither AccountName nor BlobEndpoint");
}

Result<AzureSettings> AzureSettingsOf(const FetchOptions& options, const std::string& account) {
  AzureSettings settings;
  if (const auto text = Variable(options, "AZURE_STORAGE_CONNECTION_STRING")) {
    BRINK_TRY(ReadConnectionString(*text, settings));
    return settings;
  }
  settings.account = account.empty() ? VariableOr(options, "AZURE_STORAGE_ACCOUNT", "") : account;
  if (settings.account.empty()) {
    return Fail(Code::kInvalidArgument, "which account: set AZURE_STORAGE_ACCOUNT");
  }
  settings.endpoint = VariableOr(options, "AZURE_STORAGE_BLOB_ENDPOINT",
                                 "https://" + settings.account + ".blob.core.windows.net");
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  settings.shared_key =
      VariableOr(options, "AZURE_STORAGE_ACCESS_KEY", VariableOr(options, "AZURE_STORAGE_KEY", ""));
  settings.sas = VariableOr(options, "AZURE_STORAGE_SAS_TOKEN", "");
  if (settings.sas.starts_with('?')) settings.sas.erase(0, 1);
  settings.tenant_id = VariableOr(options, "AZURE_TENANT_ID", "");
  settings.client_id = VariableOr(options, "AZURE_CLIENT_ID", "");
  settings.client_secret = VariableOr(options, "AZURE_CLIENT_SECRET", "");
  settings.authority = VariableOr(options, "AZURE_AUTHORITY_HOST", settings.authority);
  return settings;
}

Result<std::string> AccountSas(const AzureSettings& settings, std::time_t now) {
  const auto key = base64::Decode(settings.shared_key);
  if (!key) return Fail(Code::kUnauthenticated, "the account's key is not Base64");
  const std::string end = TimeText(now + kLifeSeconds);
  // Permissions, services, kinds of resources, start, end, addresses, protocols, version.
  const std::string text = settings.account + "\nrl\nb\nco\n\n" + end + "\n\n\n" + kVersion + "\n";
  return FormOf({{"se", end},
                 {"sig", base64::Encode(HmacSha256(*key, text))},
                 {"sp", "rl"},
                 {"srt", "co"},
                 {"ss", "b"},
                 {"sv", kVersion}});
}

}  // namespace brink::storage

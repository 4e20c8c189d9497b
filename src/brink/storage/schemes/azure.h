// Azure's blobs. storage/ only.
#pragma once

#include <ctime>
#include <memory>
#include <string>

#include "brink/storage/source.h"

namespace brink::storage {

struct AzureSettings {
  std::string account;
  std::string endpoint;    // "https://ACCOUNT.blob.core.windows.net", without '/' at its end
  std::string shared_key;  // Base64
  std::string sas;         // a query without '?'
  std::string tenant_id;   // with the next two: a service principal's
  std::string client_id;
  std::string client_secret;
  std::string authority = "https://login.microsoftonline.com";
};

// Of AZURE_STORAGE_* and AZURE_* as Azure's tools and KServe set them; a connection string wins.
Result<AzureSettings> AzureSettingsOf(const FetchOptions& options, const std::string& account);
Status ReadConnectionString(const std::string& text, AzureSettings& settings);

std::unique_ptr<Source> MakeAzureSource(AzureSettings settings, const std::string& container,
                                        const std::string& path);

// "ACCOUNT.blob.core.windows.net" -> ACCOUNT; "" for another host.
std::string AzureAccountOf(const std::string& authority);

// What the account's key allows to read and list for an hour: a shared access signature of the
// account (learn.microsoft.com/rest/api/storageservices/create-account-sas). It goes into the URL,
// so that ranges and conditions need no signature of their own.
Result<std::string> AccountSas(const AzureSettings& settings, std::time_t now);

}  // namespace brink::storage

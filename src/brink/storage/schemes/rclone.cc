#include "brink/storage/schemes/rclone.h"

#include <algorithm>
#include <cctype>

#include "brink/base/base64.h"
#include "brink/storage/crypto.h"
#include "brink/storage/scheme.h"
#include "brink/storage/schemes/azure.h"
#include "brink/storage/schemes/google.h"
#include "brink/storage/schemes/s3.h"
#include "brink/storage/schemes/webdav.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

// rclone hides passwords from looking over a shoulder only: the key is public, in its
// fs/config/obscure.
constexpr unsigned char kObscureKey[32] = {
    0x9c, 0x93, 0x5b, 0x48, 0x73, 0x0a, 0x55, 0x4d, 0x6b, 0xfd, 0x7c, 0x63, 0xc8, 0x86, 0xa9, 0x2b,
    0xd3, 0x90, 0x19, 0x8e, 0xb8, 0x12, 0x8a, 0xfb, 0xf4, 0xde, 0x16, 0x2b, 0x8b, 0x95, 0xf6, 0x38};

// A remote's settings and the path behind its name.
class Remote {
 public:
  Remote(const std::string& uri, const FetchOptions& options) : options_(options) {
    const size_t colon = uri.find(':');
    name_ = uri.substr(0, colon);
    path_ = uri.substr(colon + 1);
    const bool fits = !name_.empty() && name_[0] != '-' &&
                      std::all_of(name_.begin(), name_.end(), [](unsigned char c) {
                        return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
                      });
    if (!fits || colon == std::string::npos) name_.clear();
  }

  std::string Get(const std::string& key) const {
    if (name_.empty()) return "";
    std::string variable = "RCLONE_CONFIG_" + name_ + "_" + key;
    for (char& c : variable) {
      c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return VariableOr(options_, variable, "");
  }
  bool IsTrue(const std::string& key) const { return Get(key) == "true" || Get(key) == "1"; }
  const std::string& raw_path() const { return path_; }
  // "//bucket/a/b" -> "bucket", "a/b"
  std::pair<std::string, std::string> BucketAndKey() const {
    const size_t begin = std::min(path_.find_first_not_of('/'), path_.size());
    const size_t slash = std::min(path_.find('/', begin), path_.size());
    return {path_.substr(begin, slash - begin), path_.substr(std::min(slash + 1, path_.size()))};
  }

 private:
  const FetchOptions& options_;
  std::string name_;
  std::string path_;
};

Result<Opened> OpenS3Remote(const Remote& remote, const FetchOptions& options) {
  S3Settings settings;
  if (remote.IsTrue("env_auth")) {
    settings = S3SettingsOf(options);
  } else {
    settings.credentials.access_key = remote.Get("access_key_id");
    settings.credentials.secret_key = remote.Get("secret_access_key");
    settings.credentials.session_token = remote.Get("session_token");
  }
  if (const std::string region = remote.Get("region"); !region.empty()) {
    settings.credentials.region = region;
  }
  if (std::string endpoint = remote.Get("endpoint"); !endpoint.empty()) {
    while (endpoint.ends_with('/')) endpoint.pop_back();
    settings.endpoint =
        endpoint.find("://") == std::string::npos ? "https://" + endpoint : endpoint;
    settings.path_style = remote.Get("force_path_style") != "false";
  }
  const auto [bucket, key] = remote.BucketAndKey();
  if (bucket.empty()) return Fail(Code::kInvalidArgument, "no bucket in it");
  return Opened{.path = "", .source = MakeS3Source(settings, bucket, key)};
}

Result<Opened> OpenGoogleRemote(const Remote& remote, const FetchOptions& options) {
  GoogleSettings settings;
  if (const std::string endpoint = remote.Get("endpoint"); !endpoint.empty()) {
    // rclone's endpoint names the API's folder; ours the server.
    settings.endpoint = endpoint.substr(0, endpoint.find("/storage/v1"));
  }
  settings.key_json = remote.Get("service_account_credentials");
  std::string file = remote.Get("service_account_file");
  if (file.empty() && remote.IsTrue("env_auth")) {
    file = VariableOr(options, "GOOGLE_APPLICATION_CREDENTIALS", "");
  }
  if (settings.key_json.empty() && !file.empty() && !remote.IsTrue("anonymous")) {
    BRINK_ASSIGN(settings.key_json, ReadGoogleKey(file));
  }
  const auto [bucket, key] = remote.BucketAndKey();
  if (bucket.empty()) return Fail(Code::kInvalidArgument, "no bucket in it");
  return Opened{.path = "", .source = MakeGoogleSource(settings, bucket, key)};
}

Result<Opened> OpenAzureRemote(const Remote& remote) {
  AzureSettings settings{.account = remote.Get("account"),
                         .endpoint = remote.Get("endpoint"),
                         .shared_key = remote.Get("key"),
                         .tenant_id = remote.Get("tenant"),
                         .client_id = remote.Get("client_id"),
                         .client_secret = remote.Get("client_secret")};
  if (const std::string text = remote.Get("connection_string"); !text.empty()) {
    BRINK_TRY(ReadConnectionString(text, settings));
  }
  if (const std::string url = remote.Get("sas_url"); !url.empty()) {
    const UriParts parts = SplitUri(url);
    settings.endpoint = parts.scheme + "://" + parts.authority;
    settings.sas = parts.query;
  }
  if (settings.endpoint.empty()) {
    if (settings.account.empty()) return Fail(Code::kUnauthenticated, "no account is configured");
    settings.endpoint = "https://" + settings.account + ".blob.core.windows.net";
  }
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  const auto [container, path] = remote.BucketAndKey();
  if (container.empty()) return Fail(Code::kInvalidArgument, "no container in it");
  return Opened{.path = "", .source = MakeAzureSource(settings, container, path)};
}

Result<Opened> OpenWebRemote(const Remote& remote, bool webdav, const FetchOptions& options) {
  std::string url = remote.Get("url");
  while (url.ends_with('/')) url.pop_back();
  if (url.empty()) return Fail(Code::kInvalidArgument, "no url is configured for the remote");
  std::string path = remote.raw_path();
  while (path.starts_with('/')) path.erase(0, 1);
  if (!webdav) {
    if (path.empty() || path.ends_with('/')) {
      return Fail(Code::kUnimplemented, "http remotes cannot be listed: name a file");
    }
    return OpenHttp(url + "/" + PercentEncoded(path, "/"), options);
  }
  WebdavSettings settings{
      .url = url, .user = remote.Get("user"), .bearer_token = remote.Get("bearer_token")};
  if (const std::string obscured = remote.Get("pass"); !obscured.empty()) {
    const auto plain = RevealRclone(obscured);
    if (!plain) return Fail(Code::kUnauthenticated, "the password is not what rclone obscures");
    settings.password = *plain;
  }
  return Opened{.path = "", .source = MakeWebdavSource(settings, path)};
}

}  // namespace

std::optional<std::string> RevealRclone(const std::string& obscured) {
  std::string text = obscured;
  for (char& c : text) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  while (text.size() % 4 != 0) text += '=';
  const auto bytes = base64::Decode(text);
  constexpr size_t kIv = 16;
  if (!bytes || bytes->size() < kIv) return std::nullopt;
  return AesCtr({reinterpret_cast<const char*>(kObscureKey), sizeof kObscureKey},
                bytes->substr(0, kIv), bytes->substr(kIv));
}

bool IsRcloneRemote(const std::string& uri, const FetchOptions& options) {
  return !Remote(uri, options).Get("type").empty();
}

Result<Opened> OpenRclone(const std::string& uri, const FetchOptions& options) {
  const Remote remote(uri, options);
  const std::string type = remote.Get("type");
  if (type == "s3") return OpenS3Remote(remote, options);
  if (type == "google cloud storage" || type == "gcs") return OpenGoogleRemote(remote, options);
  if (type == "azureblob") return OpenAzureRemote(remote);
  if (type == "http" || type == "webdav") return OpenWebRemote(remote, type == "webdav", options);
  if (type == "local") return OpenPath(remote.raw_path(), options);
  return RunRclone(uri, type, options);
}

}  // namespace brink::storage

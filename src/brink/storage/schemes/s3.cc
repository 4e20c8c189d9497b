// s3://BUCKET/KEY
#include "brink/storage/schemes/s3.h"

#include <algorithm>
#include <cctype>
#include <ctime>

#include "brink/storage/http_client.h"
#include "brink/storage/listing.h"
#include "brink/storage/scheme.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

bool IsNo(const std::string& text) {
  return text == "0" || text == "false" || text == "False" || text == "no";
}

// A name that can be a part of a host's name with TLS: without dots (RFC 6125 wildcards).
bool FitsHost(const std::string& bucket) {
  return std::all_of(bucket.begin(), bucket.end(), [](unsigned char c) {
    return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-';
  });
}

class S3Source : public Source {
 public:
  S3Source(S3Settings settings, std::string bucket, std::string path)
      : settings_(std::move(settings)), bucket_(std::move(bucket)), path_(std::move(path)) {}

  Result<std::vector<Item>> List(const FetchOptions& options) override {
    const auto page = [&](const std::string& prefix, const std::string& from, int most) {
      return Page(prefix, from, most, options);
    };
    return ListKeys(path_, page, options, Root());
  }

  Result<Request> Read(const Item& item, const FetchOptions& /*options*/) override {
    return Signed(Root() + PercentEncoded(item.key, "/"));
  }

 private:
  // The bucket's URL with '/' at its end.
  std::string Root() const {
    std::string endpoint = settings_.endpoint;
    if (endpoint.empty()) {
      endpoint = "https://s3." + settings_.credentials.region + ".amazonaws.com";
    }
    if (settings_.path_style) return endpoint + "/" + PercentEncoded(bucket_, "") + "/";
    const size_t host = endpoint.find("://") + 3;
    return endpoint.substr(0, host) + bucket_ + "." + endpoint.substr(host) + "/";
  }

  Request Signed(const std::string& url) const {
    Request request{.url = url, .verify_tls = settings_.verify_tls, .ca_file = settings_.ca_file};
    if (!settings_.credentials.access_key.empty()) {
      SignV4(request, settings_.credentials, std::time(nullptr));
    }
    return request;
  }

  Result<ListingPage> Page(const std::string& prefix, const std::string& from, int most,
                           const FetchOptions& options) {
    std::map<std::string, std::string> query = {
        {"list-type", "2"}, {"max-keys", std::to_string(most)}, {"prefix", prefix}};
    if (!from.empty()) query["continuation-token"] = from;
    const auto make = [&]() -> Result<Request> { return Signed(Root() + "?" + FormOf(query)); };
    BRINK_ASSIGN(Answer answer, Ask(make, options));
    // A bucket of another region says which.
    const std::string region = answer.Header("x-amz-bucket-region");
    const bool elsewhere = answer.status != 200 && settings_.endpoint.empty() && !region.empty() &&
                           region != settings_.credentials.region;
    if (elsewhere) {
      settings_.credentials.region = region;
      BRINK_ASSIGN(answer, AskForOk(make, options));
    }
    if (answer.status != 200) return Fail(ErrorOf(answer));
    return ParseS3Page(answer.body);
  }

  S3Settings settings_;
  std::string bucket_;
  std::string path_;
};

}  // namespace

S3Settings S3SettingsOf(const FetchOptions& options) {
  S3Settings settings;
  AwsCredentials& credentials = settings.credentials;
  const bool anonymous = !IsNo(VariableOr(options, "awsAnonymousCredential", "no")) ||
                         !IsNo(VariableOr(options, "AWS_NO_SIGN_REQUEST", "no"));
  if (!anonymous) {
    credentials.access_key = VariableOr(options, "AWS_ACCESS_KEY_ID", "");
    credentials.secret_key = VariableOr(options, "AWS_SECRET_ACCESS_KEY", "");
    credentials.session_token = VariableOr(options, "AWS_SESSION_TOKEN", "");
  }
  credentials.region = VariableOr(
      options, "AWS_REGION",
      VariableOr(options, "AWS_DEFAULT_REGION", VariableOr(options, "S3_REGION", "us-east-1")));
  settings.endpoint =
      VariableOr(options, "AWS_ENDPOINT_URL_S3",
                 VariableOr(options, "AWS_ENDPOINT_URL", VariableOr(options, "S3_ENDPOINT", "")));
  if (!settings.endpoint.empty() && settings.endpoint.find("://") == std::string::npos) {
    const bool https = !IsNo(VariableOr(options, "S3_USE_HTTPS", "1"));
    settings.endpoint = (https ? "https://" : "http://") + settings.endpoint;
  }
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  const bool virtual_host = !IsNo(VariableOr(options, "S3_USER_VIRTUAL_BUCKET", "0"));
  settings.path_style = !settings.endpoint.empty() && !virtual_host;
  settings.verify_tls = !IsNo(VariableOr(options, "S3_VERIFY_SSL", "1"));
  settings.ca_file = VariableOr(options, "AWS_CA_BUNDLE", "");
  if (settings.ca_file.empty() && !VariableOr(options, "CA_BUNDLE_CONFIGMAP_NAME", "").empty()) {
    settings.ca_file =
        VariableOr(options, "CA_BUNDLE_VOLUME_MOUNT_POINT", "/etc/ssl/custom-certs") +
        "/cabundle.crt";
  }
  return settings;
}

std::unique_ptr<Source> MakeS3Source(S3Settings settings, const std::string& bucket,
                                     const std::string& path) {
  if (!FitsHost(bucket)) settings.path_style = true;
  return std::make_unique<S3Source>(std::move(settings), bucket, path);
}

Result<Opened> OpenS3(const std::string& uri, const FetchOptions& options) {
  const UriParts parts = SplitUri(uri);
  if (parts.authority.empty()) return Fail(Code::kInvalidArgument, "want s3://BUCKET/KEY");
  const S3Settings settings = S3SettingsOf(options);
  if (settings.credentials.access_key.empty() != settings.credentials.secret_key.empty()) {
    return Fail(Code::kUnauthenticated,
                "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set");
  }
  return Opened{.path = "", .source = MakeS3Source(settings, parts.authority, parts.path)};
}

}  // namespace brink::storage

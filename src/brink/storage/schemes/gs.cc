// gs://BUCKET/OBJECT
#include "brink/storage/http_client.h"
#include "brink/storage/listing.h"
#include "brink/storage/scheme.h"
#include "brink/storage/schemes/google.h"
#include "brink/storage/schemes/s3.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

class GoogleSource : public Source {
 public:
  GoogleSource(GoogleSettings settings, std::string bucket, std::string path)
      : settings_(std::move(settings)),
        bucket_(std::move(bucket)),
        path_(std::move(path)),
        token_(settings_.key_json) {}

  Result<std::vector<Item>> List(const FetchOptions& options) override {
    const auto page = [&](const std::string& prefix, const std::string& from,
                          int most) -> Result<ListingPage> {
      std::map<std::string, std::string> query = {
          {"fields", "items(name,size,md5Hash),nextPageToken"},
          {"maxResults", std::to_string(most)},
          {"prefix", prefix}};
      if (!from.empty()) query["pageToken"] = from;
      BRINK_ASSIGN(const Answer answer,
                   AskForOk([&] { return Authorized("/o?" + FormOf(query), options); }, options));
      return ParseGsPage(answer.body);
    };
    return ListKeys(path_, page, options, settings_.endpoint + "/" + bucket_);
  }

  Result<Request> Read(const Item& item, const FetchOptions& options) override {
    return Authorized("/o/" + PercentEncoded(item.key, "") + "?alt=media", options);
  }

 private:
  Result<Request> Authorized(const std::string& rest, const FetchOptions& options) {
    Request request{.url =
                        settings_.endpoint + "/storage/v1/b/" + PercentEncoded(bucket_, "") + rest};
    if (settings_.key_json.empty()) return request;
    BRINK_ASSIGN(const std::string token, token_.Get(options));
    request.headers.push_back("Authorization: Bearer " + token);
    return request;
  }

  GoogleSettings settings_;
  std::string bucket_;
  std::string path_;
  GoogleToken token_;
};

}  // namespace

std::unique_ptr<Source> MakeGoogleSource(GoogleSettings settings, const std::string& bucket,
                                         const std::string& path) {
  return std::make_unique<GoogleSource>(std::move(settings), bucket, path);
}

// Credentials: GOOGLE_APPLICATION_CREDENTIALS (a file), or an HMAC key in GS_ACCESS_KEY_ID and
// GS_SECRET_ACCESS_KEY, which Google takes with S3's protocol; none: anonymous.
Result<Opened> OpenGs(const std::string& uri, const FetchOptions& options) {
  const UriParts parts = SplitUri(uri);
  if (parts.authority.empty()) return Fail(Code::kInvalidArgument, "want gs://BUCKET/OBJECT");
  GoogleSettings settings;
  if (const auto emulator = Variable(options, "STORAGE_EMULATOR_HOST")) {
    settings.endpoint =
        emulator->find("://") == std::string::npos ? "http://" + *emulator : *emulator;
  }
  const auto access_key = Variable(options, "GS_ACCESS_KEY_ID");
  const auto secret_key = Variable(options, "GS_SECRET_ACCESS_KEY");
  if (access_key && secret_key) {
    S3Settings s3{.endpoint = settings.endpoint, .path_style = true};
    s3.credentials = {.access_key = *access_key, .secret_key = *secret_key, .region = "auto"};
    return Opened{.path = "", .source = MakeS3Source(s3, parts.authority, parts.path)};
  }
  if (const auto file = Variable(options, "GOOGLE_APPLICATION_CREDENTIALS")) {
    BRINK_ASSIGN(settings.key_json, ReadGoogleKey(*file));
  }
  return Opened{.path = "", .source = MakeGoogleSource(settings, parts.authority, parts.path)};
}

}  // namespace brink::storage

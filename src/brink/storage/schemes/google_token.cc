#include <ctime>

#include "brink/base/file.h"
#include "brink/base/json.h"
#include "brink/storage/crypto.h"
#include "brink/storage/http_client.h"
#include "brink/storage/schemes/google.h"

namespace brink::storage {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kScope = "https://www.googleapis.com/auth/devstorage.read_only";
constexpr const char* kTokenServer = "https://oauth2.googleapis.com/token";
constexpr int64_t kLifeSeconds = 3600;
constexpr std::chrono::seconds kBeforeItsEnd{300};

std::string TextOf(const json::Value& object, std::string_view key) {
  const json::Value* value = object.Find(key);
  const std::string* text = value != nullptr ? value->get<std::string>() : nullptr;
  return text != nullptr ? *text : "";
}

// RFC 7523: a signed claim in place of a password.
Result<std::string> Assertion(const json::Value& key, const std::string& server) {
  const int64_t now = std::time(nullptr);
  const json::Value header(
      json::Object{{"alg", "RS256"}, {"kid", TextOf(key, "private_key_id")}, {"typ", "JWT"}});
  const json::Value claims(json::Object{{"aud", server},
                                        {"exp", now + kLifeSeconds},
                                        {"iat", now},
                                        {"iss", TextOf(key, "client_email")},
                                        {"scope", kScope}});
  const std::string text = Base64Url(json::Write(header)) + "." + Base64Url(json::Write(claims));
  BRINK_ASSIGN(const std::string signature, SignRs256(TextOf(key, "private_key"), text));
  return text + "." + Base64Url(signature);
}

}  // namespace

Result<std::string> ReadGoogleKey(const std::string& path) {
  auto text = ReadTextFile(path, size_t{64} << 10);
  if (text) return text;
  return Fail(Code::kUnauthenticated, "GOOGLE_APPLICATION_CREDENTIALS: " + text.error().message);
}

Result<Request> GoogleToken::MakeRequest() const {
  const auto key = json::Parse(key_json_);
  if (!key) return Fail(Code::kUnauthenticated, "Google's credentials are no JSON");
  const std::string type = TextOf(*key, "type");
  std::string server = TextOf(*key, "token_uri");
  if (server.empty()) server = kTokenServer;
  Request request{.url = server,
                  .headers = {"Content-Type: application/x-www-form-urlencoded"},
                  .method = "POST"};
  if (type == "service_account") {
    BRINK_ASSIGN(const std::string assertion, Assertion(*key, server));
    request.body = FormOf(
        {{"assertion", assertion}, {"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}});
    return request;
  }
  if (type == "authorized_user") {
    request.body = FormOf({{"client_id", TextOf(*key, "client_id")},
                           {"client_secret", TextOf(*key, "client_secret")},
                           {"grant_type", "refresh_token"},
                           {"refresh_token", TextOf(*key, "refresh_token")}});
    return request;
  }
  return Fail(Code::kUnimplemented, "Google's credentials are of type '" + type.substr(0, 40) +
                                        "': service_account and authorized_user are supported");
}

Result<std::string> GoogleToken::Get(const FetchOptions& options) {
  if (!token_.empty() && Clock::now() < good_until_) return token_;
  auto answer = Ask([this] { return MakeRequest(); }, options);
  if (!answer) return Fail(answer.error().Within("Google's token server"));
  const auto json = json::Parse(answer->body);
  const std::string token = json ? TextOf(*json, "access_token") : "";
  if (answer->status != 200 || token.empty()) {
    return Fail(Code::kUnauthenticated, "Google's token server refuses the credentials: HTTP " +
                                            std::to_string(answer->status));
  }
  token_ = token;
  const json::Value* life = json->Find("expires_in");
  const int64_t* seconds = life != nullptr ? life->get<int64_t>() : nullptr;
  good_until_ =
      Clock::now() - kBeforeItsEnd +
      std::chrono::seconds(seconds != nullptr ? std::min(*seconds, kLifeSeconds) : kLifeSeconds);
  return token_;
}

}  // namespace brink::storage

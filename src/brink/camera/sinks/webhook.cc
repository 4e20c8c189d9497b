#include "brink/camera/sinks/webhook.h"

#include <array>

#include "brink/base/sha256.h"
#include "brink/camera/curl_easy.h"
#include "brink/camera/source.h"

namespace brink::camera {
namespace {

constexpr size_t kBlockBytes = 64;  // of SHA-256

std::string RawDigest(std::string_view first, std::string_view second) {
  Sha256 hash;
  hash.Update(first);
  hash.Update(second);
  const std::string hex = hash.HexDigest();
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string raw;
  for (size_t k = 0; k < hex.size(); k += 2) {
    raw += static_cast<char>(nibble(hex[k]) * 16 + nibble(hex[k + 1]));
  }
  return raw;
}

std::string HexOf(std::string_view raw) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

size_t Discard(char* /*data*/, size_t /*one*/, size_t size, void* /*user*/) { return size; }

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Interrupt*>(user)->raised() ? 1 : 0;
}

class Webhook final : public EventSender {
 public:
  explicit Webhook(const WebhookOptions& options) : options_(options), easy_(curl_easy_init()) {}

  Status Send(const std::string& event, const Interrupt& interrupt) override;
  std::string name() const override { return "webhook"; }

 private:
  Status Post(const std::string& body, const curl_slist* headers, const Interrupt& interrupt);

  const WebhookOptions options_;
  const std::unique_ptr<CURL, FreeEasy> easy_;  // its connection is used again
};

Status Webhook::Send(const std::string& event, const Interrupt& interrupt) {
  BRINK_ASSIGN(const std::string body, CloudEventOf(event));
  std::unique_ptr<curl_slist, FreeList> headers(
      curl_slist_append(nullptr, "Content-Type: application/cloudevents+json; charset=utf-8"));
  if (!options_.secret.empty() && headers) {
    const std::string line = "X-Brink-Signature: " + SignatureOf(options_.secret, body);
    curl_slist_append(headers.get(), line.c_str());
  }
  return Post(body, headers.get(), interrupt);
}

Status Webhook::Post(const std::string& body, const curl_slist* headers,
                     const Interrupt& interrupt) {
  CURL* handle = easy_.get();
  if (handle == nullptr) return Fail(Code::kResourceExhausted, "no memory for libcurl");
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(handle, CURLOPT_URL, options_.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "brink");
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, Discard);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &interrupt);
  if (!options_.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, options_.ca_file.c_str());
  }
  const CURLcode code = curl_easy_perform(handle);
  if (code != CURLE_OK) {
    return Fail(Code::kUnavailable, detail[0] != '\0' ? detail.data() : curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return {};
  const bool hopeless = status == 400 || (status >= 413 && status <= 422);
  return Fail(hopeless ? Code::kInvalidArgument : Code::kUnavailable,
              ShownSource(options_.url) + " answers HTTP " + std::to_string(status));
}

}  // namespace

std::string SignatureOf(std::string_view secret, std::string_view body) {
  std::string key(secret.size() > kBlockBytes ? RawDigest(secret, "") : std::string(secret));
  key.resize(kBlockBytes, '\0');
  std::string inner = key;
  std::string outer = key;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  return "sha256=" + HexOf(RawDigest(outer, RawDigest(inner, body)));
}

Result<std::string> CloudEventOf(const std::string& event) {
  BRINK_ASSIGN(json::Value data, json::Parse(event));
  const auto text = [&](std::string_view key) {
    const json::Value* value = data.Find(key);
    const auto* found = value == nullptr ? nullptr : value->get<std::string>();
    return found == nullptr ? std::string() : *found;
  };
  const std::string type = text("type");
  const std::string place = text("zone") + text("line");
  // The same event has the same id however often it is sent.
  const std::string id =
      text("id") + "-" + type + (place.empty() ? "" : "-" + place) + "-" + text("time");
  json::Object object{{"specversion", "1.0"},
                      {"id", id},
                      {"source", "/cameras/" + text("camera")},
                      {"type", "brink.camera." + type},
                      {"time", text("time")},
                      {"datacontenttype", "application/json"}};
  object["data"] = std::move(data);
  return json::Write(object);
}

Result<std::unique_ptr<EventSender>> MakeWebhook(const WebhookOptions& options) {
  if (!options.url.starts_with("http://") && !options.url.starts_with("https://")) {
    return Fail(Code::kInvalidArgument,
                "webhook '" + ShownSource(options.url) + "': expected http:// or https://");
  }
  if (!PrepareCurl()) return Fail(Code::kResourceExhausted, "no memory for libcurl");
  return std::make_unique<Webhook>(options);
}

}  // namespace brink::camera

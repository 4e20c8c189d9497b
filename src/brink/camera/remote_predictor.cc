#include "brink/camera/remote_predictor.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

#include "brink/base/base64.h"
#include "brink/camera/curl_easy.h"
#include "brink/camera/source.h"

namespace brink::camera {
namespace {

constexpr size_t kLongestAnswer = size_t{16} << 20;
constexpr std::chrono::milliseconds kLongestWait{30'000};

using Handle = std::unique_ptr<CURL, FreeEasy>;

size_t OnBody(char* data, size_t /*one*/, size_t size, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + size > kLongestAnswer) return 0;
  body.append(data, size);
  return size;
}

int OnProgress(void* user, curl_off_t /*down*/, curl_off_t /*got*/, curl_off_t /*up*/,
               curl_off_t /*sent*/) {
  const auto* cancelled = static_cast<const std::atomic<bool>*>(user);
  return cancelled != nullptr && *cancelled ? 1 : 0;
}

// Why the server refuses, in its own words where it has some.
std::string ReasonIn(const Result<json::Value>& answer) {
  const json::Value* status = answer ? answer->Find("status") : nullptr;
  const json::Value* info = status == nullptr ? nullptr : status->Find("info");
  const auto* text = info == nullptr ? nullptr : info->get<std::string>();
  return text == nullptr ? "" : ": " + *text;
}

class RemotePredictor final : public api::Predictor {
 public:
  explicit RemotePredictor(RemoteOptions options)
      : options_(std::move(options)), shown_(ShownSource(options_.url)) {}

  void Predict(api::InferRequest request, api::Context context, Callback done) override {
    auto answer = Ask(std::move(request), context);
    if (!answer) answer = Fail(answer.error().Within(shown_));
    done(std::move(answer));
  }
  api::ModelDescription Describe() const override { return {.name = shown_}; }
  Status Ready() const override { return {}; }

 private:
  Result<api::InferResponse> Ask(api::InferRequest request, const api::Context& context);
  Result<long> Post(CURL* handle, const std::string& body, std::chrono::milliseconds patience,
                    std::string& answer);
  void SetSecurity(CURL* handle) const;
  Handle Take();
  void GiveBack(Handle handle);

  const RemoteOptions options_;
  const std::string shown_;
  std::mutex mutex_;
  std::vector<Handle> idle_;  // with their connections
};

Handle RemotePredictor::Take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return Handle(curl_easy_init());
  Handle handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

void RemotePredictor::GiveBack(Handle handle) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(handle));
}

void RemotePredictor::SetSecurity(CURL* handle) const {
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  if (!options_.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, options_.ca_file.c_str());
  }
}

Result<long> RemotePredictor::Post(CURL* handle, const std::string& body,
                                   std::chrono::milliseconds patience, std::string& answer) {
  const std::unique_ptr<curl_slist, FreeList> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"));
  std::array<char, CURL_ERROR_SIZE> detail{};
  SetSecurity(handle);
  curl_easy_setopt(handle, CURLOPT_URL, options_.url.c_str());
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "brink");
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, options_.cancelled);
  const CURLcode code = curl_easy_perform(handle);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  if (code != CURLE_OK) {
    return Fail(Code::kUnavailable, detail[0] != '\0' ? detail.data() : curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

Result<api::InferResponse> RemotePredictor::Ask(api::InferRequest request,
                                                const api::Context& context) {
  const auto* picture = std::get_if<api::Bytes>(&request.message.payload);
  if (picture == nullptr) return Fail(Code::kInvalidArgument, "only pictures are sent there");
  auto patience = kLongestWait;
  if (context.deadline) {
    const auto left = *context.deadline - std::chrono::steady_clock::now();
    patience = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left),
                          std::chrono::milliseconds(1), kLongestWait);
  }
  Handle handle = Take();
  if (!handle) return Fail(Code::kResourceExhausted, "no memory for libcurl");
  std::string text;
  const std::string body = "{\"binData\": \"" + base64::Encode(picture->bytes) + "\"}";
  const auto status = Post(handle.get(), body, patience, text);
  GiveBack(std::move(handle));
  if (!status) return Fail(status.error());
  auto answer = json::Parse(text);
  if (*status != 200) {
    return Fail(Code::kUnavailable, "HTTP " + std::to_string(*status) + ReasonIn(answer));
  }
  if (!answer) return Fail(answer.error().Within("the answer"));
  const json::Value* data = answer->Find("jsonData");
  if (data == nullptr) {
    return Fail(Code::kFailedPrecondition,
                "expected 'jsonData' in the answer: the server's model needs a card");
  }
  api::InferResponse response;
  response.message.payload = *data;
  return response;
}

}  // namespace

Result<std::unique_ptr<api::Predictor>> MakeRemotePredictor(RemoteOptions options) {
  const size_t scheme = options.url.find("://");
  const bool http = options.url.starts_with("http://") || options.url.starts_with("https://");
  if (!http || options.url.size() == scheme + 3) {
    return Fail(Code::kInvalidArgument, "server '" + ShownSource(options.url) +
                                            "': expected http://HOST:PORT or https://...");
  }
  if (!PrepareCurl()) return Fail(Code::kResourceExhausted, "no memory for libcurl");
  const size_t path = options.url.find('/', scheme + 3);
  if (path == std::string::npos) options.url += '/';
  if (path == std::string::npos || path + 1 == options.url.size()) {
    options.url += "api/v1.0/predictions";
  }
  return std::make_unique<RemotePredictor>(std::move(options));
}

}  // namespace brink::camera

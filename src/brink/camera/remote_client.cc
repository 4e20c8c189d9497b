#include "brink/camera/remote_client.h"

#include <array>
#include <mutex>
#include <utility>

#include "brink/camera/curl_easy.h"
#include "brink/camera/source.h"

namespace brink::camera {
namespace {

using Handle = std::unique_ptr<CURL, FreeEasy>;
using Headers = std::unique_ptr<curl_slist, FreeList>;

struct Received {
  std::string body;
  size_t longest = 0;
  bool too_long = false;
};

size_t OnBody(char* data, size_t /*one*/, size_t size, void* user) {
  auto& received = *static_cast<Received*>(user);
  received.too_long = size > received.longest - received.body.size();
  if (received.too_long) return 0;
  received.body.append(data, size);
  return size;
}

int OnProgress(void* user, curl_off_t /*down*/, curl_off_t /*got*/, curl_off_t /*up*/,
               curl_off_t /*sent*/) {
  const auto* cancelled = static_cast<const std::atomic<bool>*>(user);
  return cancelled != nullptr && *cancelled ? 1 : 0;
}

Headers MakeHeaders(const std::vector<std::string>& lines) {
  // Without "Expect: 100-continue", for which curl would wait a second where nobody answers it.
  Headers headers(curl_slist_append(nullptr, "Expect:"));
  for (const std::string& line : lines) {
    // Of a list that is there, this gives its head.
    curl_slist_append(headers.get(), line.c_str());
  }
  return headers;
}

std::optional<std::string> HeaderOf(CURL* handle, const std::string& name) {
  curl_header* header = nullptr;
  if (name.empty()) return std::nullopt;
  if (curl_easy_header(handle, name.c_str(), 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
    return std::nullopt;
  }
  return header->value;
}

void SetQuestion(CURL* handle, const RemoteQuestion& question, const curl_slist* headers) {
  curl_easy_setopt(handle, CURLOPT_URL, question.url.c_str());
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(question.patience.count()));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  if (question.body == nullptr) return;
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(question.body->size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, question.body->data());
}

}  // namespace

struct RemoteClient::Impl {
  std::string ca_file;
  const std::atomic<bool>* cancelled = nullptr;
  std::mutex mutex;
  std::vector<Handle> idle;  // with their connections

  Handle Take() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return Handle(curl_easy_init());
    Handle handle = std::move(idle.back());
    idle.pop_back();
    return handle;
  }

  void GiveBack(Handle handle) {
    curl_easy_reset(handle.get());  // it keeps its connections
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(handle));
  }

  void SetRules(CURL* handle) const {
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "brink");
    if (!ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, cancelled);
  }

  Result<RemoteAnswer> Perform(CURL* handle, const RemoteQuestion& question) const {
    const Headers headers = MakeHeaders(question.headers);
    std::array<char, CURL_ERROR_SIZE> detail{};
    Received received{.body = {}, .longest = question.longest_answer};
    SetRules(handle);
    SetQuestion(handle, question, headers.get());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBody);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &received);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
    const CURLcode code = curl_easy_perform(handle);
    if (received.too_long) {
      return Fail(Code::kResourceExhausted,
                  "the answer is longer than " + std::to_string(received.longest) + " bytes");
    }
    if (code != CURLE_OK) {
      return Fail(Code::kUnavailable, detail[0] != '\0' ? detail.data() : curl_easy_strerror(code));
    }
    RemoteAnswer answer{.body = std::move(received.body),
                        .header = HeaderOf(handle, question.wanted_header)};
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
  }
};

RemoteClient::RemoteClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RemoteClient::~RemoteClient() = default;
RemoteClient::RemoteClient(RemoteClient&&) noexcept = default;

Result<RemoteClient> RemoteClient::Create(const RemoteOptions& options) {
  const size_t host = options.url.find("://") + 3;
  const bool http = options.url.starts_with("http://") || options.url.starts_with("https://");
  if (!http || options.url.size() == host) {
    return Fail(Code::kInvalidArgument, "server '" + ShownSource(options.url) +
                                            "': expected http://HOST:PORT or https://...");
  }
  if (!PrepareCurl()) return Fail(Code::kResourceExhausted, "no memory for libcurl");
  auto impl = std::make_unique<Impl>();
  impl->ca_file = options.ca_file;
  impl->cancelled = options.cancelled;
  return RemoteClient(std::move(impl));
}

Result<RemoteAnswer> RemoteClient::Ask(const RemoteQuestion& question) const {
  Handle handle = impl_->Take();
  if (!handle) return Fail(Code::kResourceExhausted, "no memory for libcurl");
  auto answer = impl_->Perform(handle.get(), question);
  impl_->GiveBack(std::move(handle));
  return answer;
}

Error RefusedWith(long status, std::string_view reason) {
  const std::string said = reason.empty() ? "" : ": " + std::string(reason);
  return {Code::kUnavailable, "HTTP " + std::to_string(status) + said};
}

}  // namespace brink::camera

#include "brink/camera/sources/http_stream.h"

#include <algorithm>
#include <array>
#include <optional>

#include "brink/camera/curl_easy.h"

namespace brink::camera {
namespace {

constexpr long kMostRedirects = 5;
constexpr size_t kMostHeaderBytes = size_t{256} << 10;

struct FreeMulti {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};

Error StatusError(long status) {
  const std::string text = "HTTP " + std::to_string(status);
  if (status == 401) return {Code::kUnauthenticated, text + ": it wants other credentials"};
  if (status == 404) return {Code::kNotFound, text + ": there is no such stream"};
  return {Code::kUnavailable, text + ", want 200"};
}

}  // namespace

struct HttpStream::Impl {
  std::unique_ptr<CURLM, FreeMulti> multi{curl_multi_init()};
  std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
  const Interrupt* interrupt = nullptr;
  std::array<char, CURL_ERROR_SIZE> detail{};
  std::string content_type;
  std::string received;
  size_t header_bytes = 0;
  bool has_body = false;  // headers of the last answer are read
  std::optional<CURLcode> ended;

  ~Impl() {
    if (multi && easy) curl_multi_remove_handle(multi.get(), easy.get());
  }

  long StatusCode() const {
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  static size_t OnBody(char* data, size_t /*one*/, size_t size, void* user) {
    auto& it = *static_cast<Impl*>(user);
    it.has_body = true;
    it.received.append(data, size);
    return size;
  }
  static size_t OnHeader(char* /*data*/, size_t /*one*/, size_t size, void* user) {
    auto& it = *static_cast<Impl*>(user);
    it.header_bytes += size;
    return it.header_bytes > kMostHeaderBytes ? 0 : size;
  }

  void SetUp(const std::string& url);
  Status Turn(Clock::time_point deadline);
  Status Check() const;
};

void HttpStream::Impl::SetUp(const std::string& url) {
  CURL* handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, kMostRedirects);
  curl_easy_setopt(handle, CURLOPT_HTTPAUTH, CURLAUTH_BASIC | CURLAUTH_DIGEST);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "brink");
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_multi_add_handle(multi.get(), handle);
}

// Lets libcurl work, and waits where it has nothing to do.
Status HttpStream::Impl::Turn(Clock::time_point deadline) {
  if (interrupt->raised()) return Fail(Code::kCancelled, "interrupted");
  int running = 0;
  const CURLMcode performed = curl_multi_perform(multi.get(), &running);
  if (performed != CURLM_OK) return Fail(Code::kInternal, curl_multi_strerror(performed));
  int left = 0;
  for (CURLMsg* message = curl_multi_info_read(multi.get(), &left); message != nullptr;
       message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg == CURLMSG_DONE) ended = message->data.result;
  }
  if (ended || !received.empty()) return {};
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  if (wait.count() <= 0) return Fail(Code::kDeadlineExceeded, "nothing came in time");
  curl_waitfd extra{interrupt->descriptor(), CURL_WAIT_POLLIN, 0};
  const auto longest = std::min<int64_t>(wait.count(), 1000);
  curl_multi_poll(multi.get(), &extra, 1, static_cast<int>(longest), nullptr);
  return {};
}

Status HttpStream::Impl::Check() const {
  if (ended && *ended != CURLE_OK) {
    const std::string why = detail[0] != '\0' ? detail.data() : curl_easy_strerror(*ended);
    return Fail(*ended == CURLE_URL_MALFORMAT ? Code::kFailedPrecondition : Code::kUnavailable,
                why);
  }
  const long status = StatusCode();
  if (status != 200) return Fail(StatusError(status));
  return {};
}

HttpStream::HttpStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpStream::~HttpStream() = default;
HttpStream::HttpStream(HttpStream&&) noexcept = default;
HttpStream& HttpStream::operator=(HttpStream&&) noexcept = default;

Result<HttpStream> HttpStream::Open(const std::string& url, const Interrupt& interrupt,
                                    Clock::time_point deadline) {
  auto impl = std::make_unique<Impl>();
  if (!PrepareCurl() || !impl->multi || !impl->easy) {
    return Fail(Code::kResourceExhausted, "no memory for libcurl");
  }
  impl->interrupt = &interrupt;
  impl->SetUp(url);
  while (!impl->has_body && !impl->ended) BRINK_TRY(impl->Turn(deadline));
  BRINK_TRY(impl->Check());
  const char* type = nullptr;
  curl_easy_getinfo(impl->easy.get(), CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) impl->content_type = type;
  return HttpStream(std::move(impl));
}

const std::string& HttpStream::content_type() const { return impl_->content_type; }

Result<bool> HttpStream::Read(std::string& bytes, Clock::time_point deadline) {
  Impl& it = *impl_;
  while (it.received.empty() && !it.ended) BRINK_TRY(it.Turn(deadline));
  if (it.received.empty()) {
    BRINK_TRY(it.Check());
    return false;
  }
  bytes += it.received;
  it.received.clear();
  return true;
}

}  // namespace brink::camera

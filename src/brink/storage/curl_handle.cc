#include "brink/storage/curl_handle.h"

#include <algorithm>
#include <cctype>

#include "brink/storage/http_error.h"
#include "brink/storage/tls_ciphers.h"

namespace brink::storage {
namespace {

constexpr long kSlowestBytesPerSecond = 64;
constexpr long kBufferBytes = 512L << 10;

// libcurl's global state: made once, before the first handle, never taken down.
bool PrepareCurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  return code == CURLE_OK;
}

// https goes on to https only: a downgrade would let the network change the model.
const char* RedirectsAllowed(const std::string& url) {
  return url.starts_with("https:") || url.starts_with("HTTPS:") ? "https" : "http,https";
}

}  // namespace

Result<CurlHandle> CurlHandle::Create(const Request& request,
                                      const std::vector<std::string>& more_headers,
                                      const FetchOptions& options) {
  if (!PrepareCurl()) return Fail(Code::kInternal, "libcurl cannot be initialised");
  CurlHandle made;
  made.handle_.reset(curl_easy_init());
  if (!made.handle_) return Fail(Code::kResourceExhausted, "no memory for a connection");
  made.text_ = std::make_unique<std::array<char, CURL_ERROR_SIZE>>();
  made.may_tell_ = request.url.find_first_of("@?") == std::string::npos;
  const auto add = [&](const std::string& line) {
    made.headers_.reset(curl_slist_append(made.headers_.release(), line.c_str()));
  };
  const bool accepts = std::any_of(request.headers.begin(), request.headers.end(),
                                   [](const auto& line) { return line.starts_with("Accept:"); });
  if (!accepts) add("Accept: */*");
  for (const std::string& line : request.headers) add(line);
  for (const std::string& line : more_headers) add(line);
  CURL* handle = made.get();
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, made.headers_.get());
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "brink");
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, made.text_->data());
  if (request.method == "POST") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
  } else if (request.method != "GET") {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (!request.body.empty()) {
      curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
    }
  }
  if (!request.user.empty()) {
    curl_easy_setopt(handle, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(handle, CURLOPT_USERNAME, request.user.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, request.password.c_str());
  }
  made.Limit(request, options);
  return made;
}

void CurlHandle::Limit(const Request& request, const FetchOptions& options) {
  CURL* handle = get();
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.stall_timeout).count();
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, RedirectsAllowed(request.url));
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, kMostRedirects);
  // Parts come over connections of their own; HTTP/2 would put them into one.
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, kBufferBytes);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, kSlowestBytesPerSecond);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(std::max<int64_t>(seconds, 1)));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(handle, CURLOPT_TLS13_CIPHERS, TlsCiphers(HasAesInstructions()));
  const std::string& ca_file = options.ca_file.empty() ? request.ca_file : options.ca_file;
  if (!ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, ca_file.c_str());
  if (!request.verify_tls) {
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

long CurlHandle::StatusCode() const {
  long status = 0;
  curl_easy_getinfo(get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::string CurlHandle::Detail(CURLcode code) const {
  // libcurl's text may repeat parts of the URL: with a user in it only the general reason is shown.
  return may_tell_ && (*text_)[0] != '\0' ? text_->data() : curl_easy_strerror(code);
}

bool IsHeader(std::string_view line, std::string_view name, std::string& value) {
  if (line.size() <= name.size() || line[name.size()] != ':') return false;
  const bool same = std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
    return a == std::tolower(static_cast<unsigned char>(b));
  });
  if (!same) return false;
  line.remove_prefix(name.size() + 1);
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = line.find_first_not_of(kSpace);
  value = begin == std::string_view::npos
              ? ""
              : std::string(line.substr(begin, line.find_last_not_of(kSpace) - begin + 1));
  return true;
}

}  // namespace brink::storage

#include "brink/storage/http_client.h"

#include <algorithm>
#include <cctype>
#include <thread>

#include "brink/storage/backoff.h"
#include "brink/storage/curl_handle.h"
#include "brink/storage/http_error.h"
#include "brink/storage/uri.h"

namespace brink::storage {
namespace {

constexpr size_t kLongestAnswer = size_t{4} << 20;
constexpr size_t kMostHeaders = 200;
constexpr size_t kLongestHeader = size_t{16} << 10;

struct Hearing {
  Answer answer;
  const FetchOptions* options = nullptr;
  bool too_long = false;
};

size_t OnBody(char* data, size_t /*one*/, size_t size, void* user) {
  auto& hearing = *static_cast<Hearing*>(user);
  hearing.too_long = hearing.answer.body.size() + size > kLongestAnswer;
  if (hearing.too_long) return 0;
  hearing.answer.body.append(data, size);
  return size;
}

size_t OnHeader(char* data, size_t /*one*/, size_t size, void* user) {
  auto& answer = static_cast<Hearing*>(user)->answer;
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) answer.headers.clear();
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || answer.headers.size() >= kMostHeaders) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string value;
  if (size < kLongestHeader && IsHeader(line, name, value)) answer.headers[name] = value;
  return size;
}

int OnProgress(void* user, curl_off_t /*a*/, curl_off_t /*b*/, curl_off_t /*c*/, curl_off_t /*d*/) {
  const FetchOptions& options = *static_cast<Hearing*>(user)->options;
  return options.cancelled != nullptr && *options.cancelled ? 1 : 0;
}

Result<Answer> AskOnce(const Request& request, const FetchOptions& options) {
  BRINK_ASSIGN(const CurlHandle handle, CurlHandle::Create(request, {}, options));
  Hearing hearing{.answer = {}, .options = &options};
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &hearing);
  curl_easy_setopt(handle.get(), CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle.get(), CURLOPT_HEADERDATA, &hearing);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFODATA, &hearing);
  curl_easy_setopt(handle.get(), CURLOPT_NOPROGRESS, 0L);
  const CURLcode code = curl_easy_perform(handle.get());
  if (hearing.too_long) {
    return Fail(Code::kResourceExhausted,
                "the server's answer is longer than " + std::to_string(kLongestAnswer) + " bytes");
  }
  if (code != CURLE_OK) {
    return Fail(
        TransferError(code, static_cast<int64_t>(hearing.answer.body.size()), handle.Detail(code)));
  }
  hearing.answer.status = handle.StatusCode();
  const long status = hearing.answer.status;
  if (status >= 500 || status == 429 || status == 408) return Fail(ErrorOf(hearing.answer));
  return std::move(hearing.answer);
}

// "<Code>NoSuchBucket</Code>" -> "NoSuchBucket"; letters only: a server's text is not to be
// trusted.
std::string ReasonOf(const std::string& body) {
  for (const std::string_view mark : {"<Code>", "\"code\":\"", "\"code\": \""}) {
    const size_t at = body.find(mark);
    if (at == std::string::npos) continue;
    const size_t begin = at + mark.size();
    size_t end = begin;
    while (end < body.size() && end - begin < 60 &&
           (std::isalnum(static_cast<unsigned char>(body[end])) != 0 || body[end] == '_')) {
      ++end;
    }
    return body.substr(begin, end - begin);
  }
  return "";
}

}  // namespace

std::string Answer::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Error ErrorOf(const Answer& answer) { return StatusError(answer.status, ReasonOf(answer.body)); }

Result<Answer> Ask(const MakeRequest& make, const FetchOptions& options) {
  const auto seed = static_cast<unsigned>(Backoff::Clock::now().time_since_epoch().count());
  const auto deadline = options.deadline.count() > 0 ? Backoff::Clock::now() + options.deadline
                                                     : Backoff::Clock::time_point::max();
  Backoff backoff(options.patience, deadline, seed);
  while (true) {
    BRINK_ASSIGN(const Request request, make());
    Result<Answer> answer = AskOnce(request, options);
    if (answer || !CanBeTriedAgain(answer.error())) return answer;
    const auto next = Backoff::Clock::now() + backoff.NextWait(Backoff::Milliseconds(0));
    if (!backoff.MayTryAt(next)) return answer;
    while (Backoff::Clock::now() < next) {
      if (options.cancelled != nullptr && *options.cancelled) {
        return Fail(Code::kCancelled, "cancelled");
      }
      std::this_thread::sleep_for(Backoff::Milliseconds(20));
    }
  }
}

Result<Answer> AskForOk(const MakeRequest& make, const FetchOptions& options) {
  BRINK_ASSIGN(Answer answer, Ask(make, options));
  if (answer.status != 200 && answer.status != 207) return Fail(ErrorOf(answer));
  return answer;
}

std::string FormOf(const std::map<std::string, std::string>& values) {
  std::string form;
  for (const auto& [name, value] : values) {
    form += (form.empty() ? "" : "&") + PercentEncoded(name, "") + "=" + PercentEncoded(value, "");
  }
  return form;
}

}  // namespace brink::storage

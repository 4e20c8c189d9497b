// libcurl's handles with owners, and what every transfer of ours has in common: http(s) only,
// bounded redirects, stalls noticed, the machine's proxies and roots. storage/ only.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>

#include "brink/base/result.h"
#include "brink/storage/request.h"
#include "brink/storage/storage.h"

namespace brink::storage {

struct FreeCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
// CURL and CURLM are the same type to the compiler.
struct FreeMulti {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};

// One easy handle with what it points to.
class CurlHandle {
 public:
  // Callbacks, and headers beyond the request's, are the caller's. `more_headers`: "Name: value".
  static Result<CurlHandle> Create(const Request& request,
                                   const std::vector<std::string>& more_headers,
                                   const FetchOptions& options);

  CURL* get() const { return handle_.get(); }
  long StatusCode() const;
  // libcurl's own words where they cannot hold a secret, else the general reason.
  std::string Detail(CURLcode code) const;

 private:
  CurlHandle() = default;
  void Limit(const Request& request, const FetchOptions& options);

  std::unique_ptr<CURL, FreeCurl> handle_;
  std::unique_ptr<curl_slist, FreeCurl> headers_;
  std::unique_ptr<std::array<char, CURL_ERROR_SIZE>> text_;
  bool may_tell_ = false;
};

// The value of "Name: value\r\n" when the line is that header; `name` in lower case.
bool IsHeader(std::string_view line, std::string_view name, std::string& value);

}  // namespace brink::storage

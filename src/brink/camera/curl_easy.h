// libcurl's handles as owners. Only for this room's sources.
#pragma once

#include <curl/curl.h>

#include <memory>

namespace brink::camera {

// libcurl's global state: made once, never taken down. False when libcurl cannot be used.
inline bool PrepareCurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  return code == CURLE_OK;
}

struct FreeEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace brink::camera

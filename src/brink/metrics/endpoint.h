// The scrape endpoint, on a port of its own or in front of another handler.
#pragma once

#include <string>

#include "brink/metrics/metrics.h"
#include "brink/protocols/http.h"

namespace brink::metrics {

// GET and HEAD of `path` answer the metrics' text; everything else goes to `next`, or is 404/405
// when there is none.
class Endpoint : public protocols::HttpHandler {
 public:
  // `metrics` and `next` (may be null) outlive this.
  Endpoint(std::string path, const Metrics& metrics, protocols::HttpHandler* next = nullptr);
  void Handle(protocols::HttpRequest request, protocols::HttpResponder respond) override;

 private:
  std::string path_;
  const Metrics& metrics_;
  protocols::HttpHandler* next_;
};

}  // namespace brink::metrics

#include "brink/metrics/endpoint.h"

#include <utility>

namespace brink::metrics {

Endpoint::Endpoint(std::string path, const Metrics& metrics, protocols::HttpHandler* next)
    : path_(std::move(path)), metrics_(metrics), next_(next) {}

void Endpoint::Handle(protocols::HttpRequest request, protocols::HttpResponder respond) {
  if (request.path() != path_) {
    if (next_ != nullptr) return next_->Handle(std::move(request), std::move(respond));
    return respond({404, "text/plain; charset=utf-8", "metrics are at " + path_ + "\n", {}});
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return respond({405,
                    "text/plain; charset=utf-8",
                    "metrics are read with GET\n",
                    {{"Allow", "GET, HEAD"}}});
  }
  respond({200, "text/plain; version=0.0.4; charset=utf-8", metrics_.Render(), {}});
}

}  // namespace brink::metrics

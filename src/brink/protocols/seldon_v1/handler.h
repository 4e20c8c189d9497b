// Seldon Core v1 over HTTP: the REST face of a Predictor, as Seldon's Python wrapper has it.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "brink/api/observer.h"
#include "brink/api/predictor.h"
#include "brink/protocols/http.h"
#include "brink/protocols/seldon_v1/options.h"

namespace brink::protocols::seldon_v1 {

// Any thread may call it, any number at once. What it does with one request: routes.h says which
// method is asked, request_source.h finds the JSON, decode.h reads it, the predictor answers,
// wrapper.h joins the meta, encode.h writes.
class SeldonHandler : public HttpHandler {
 public:
  // `predictor` and `observer` (may be null) outlive this and every answer that is still to come.
  SeldonHandler(api::Predictor& predictor, SeldonOptions options,
                api::Observer* observer = nullptr);

  void Handle(HttpRequest request, HttpResponder respond) override;

  // From now on /ready says no; requests are answered all the same.
  void SetStopping() { stopping_.store(true, std::memory_order_relaxed); }

 private:
  struct Call;
  using CallPointer = std::shared_ptr<Call>;

  static void AdoptPuid(const std::string& puid, Call& call);
  void Answer(HttpRequest request, const CallPointer& call);
  void AnswerReady(Call& call) const;
  void AnswerOptions(const HttpRequest& request, Call& call) const;
  void Ask(HttpRequest request, const CallPointer& call);
  void AskRaw(HttpRequest request, const CallPointer& call, bool bytes);
  void Submit(api::InferRequest request, const CallPointer& call);
  void Complete(Call& call, Result<api::InferResponse> result) const;
  void CompleteRaw(Call& call, api::Payload payload) const;
  void AskHealth(const CallPointer& call);
  void AnswerMetadata(Call& call) const;
  void Observe(const Call& call, const HttpResponse& response) const;
  void Finish(Call& call, HttpResponse response) const;
  void FinishWithError(Call& call, const Error& error) const;

  api::Predictor& predictor_;
  SeldonOptions options_;
  api::Observer* observer_;
  std::atomic<bool> stopping_{false};
  std::string openapi_;
  std::string docs_;
};

}  // namespace brink::protocols::seldon_v1

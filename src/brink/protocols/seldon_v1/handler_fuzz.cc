// A request over HTTP, whatever it holds: three lines (method and target; Content-Type; Origin),
// then the body. It is answered exactly once, with JSON that parses, never with a failure of
// brink's own; what is answered with 200 can be asked again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "brink/api/component_predictor.h"
#include "brink/base/json.h"
#include "brink/protocols/seldon_v1/handler.h"
#include "brink/protocols/seldon_v1/identity_testing.h"

namespace {

using namespace brink;
using protocols::HttpRequest;
using protocols::HttpResponse;

std::string_view TakeLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

HttpResponse Ask(HttpRequest request) {
  static api::ComponentPredictor predictor(std::make_unique<testing::Mirror>());
  static protocols::seldon_v1::SeldonHandler handler(predictor, {.unit_id = "unit"});
  int answers = 0;
  HttpResponse answer;
  handler.Handle(std::move(request), [&](HttpResponse response) {
    ++answers;
    answer = std::move(response);
  });
  if (answers != 1) std::abort();
  return answer;
}

void Check(const HttpResponse& answer) {
  if (answer.status < 200 || answer.status > 599) std::abort();
  if (answer.content_type != "application/json") return;
  const auto value = json::Parse(answer.body, {.allow_nan = true});
  if (!value) std::abort();
  if (answer.status == 200) return;
  const json::Value* status = value->Find("status");
  if (status == nullptr || status->Find("info") == nullptr) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  HttpRequest request;
  std::string_view line = TakeLine(text);
  const size_t space = std::min(line.find(' '), line.size());
  request.method = line.substr(0, space);
  request.target = line.substr(std::min(space + 1, line.size()));
  request.headers.emplace_back("Content-Type", TakeLine(text));
  request.headers.emplace_back("Origin", TakeLine(text));
  request.body = text;
  const bool predicts = request.path() == "/predict" && request.method == "POST";
  const HttpResponse answer = Ask(std::move(request));
  Check(answer);
  if (!predicts || answer.status != 200) return 0;
  HttpRequest again;
  again.method = "POST";
  again.target = "/predict";
  again.headers.emplace_back("Content-Type", "application/json");
  again.body = answer.body;
  const HttpResponse second = Ask(std::move(again));
  Check(second);
  if (second.status != 200) std::abort();
  return 0;
}

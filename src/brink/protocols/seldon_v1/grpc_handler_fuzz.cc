// A gRPC call, whatever its bytes: the first chooses the method, the others are the message. It is
// answered exactly once; what a Predict answers can be asked again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "brink/api/component_predictor.h"
#include "brink/protocols/seldon_v1/grpc_handler.h"
#include "brink/protocols/seldon_v1/identity_testing.h"

namespace {

using namespace brink;

protocols::seldon_v1::GrpcHandler& Handler() {
  static api::ComponentPredictor predictor(std::make_unique<testing::Mirror>());
  static protocols::seldon_v1::GrpcHandler handler(predictor, {.unit_id = "unit"});
  return handler;
}

Result<std::string> Ask(int method, std::string message) {
  int answers = 0;
  Result<std::string> answer;
  Handler().Handle(
      {.method = method, .message = std::move(message), .deadline = {}, .cancelled = {}},
      [&](Result<std::string> given) {
        ++answers;
        answer = std::move(given);
      });
  if (answers != 1) std::abort();
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto& methods = Handler().Methods();
  const size_t method = data[0] % methods.size();
  const auto answer =
      Ask(static_cast<int>(method), {reinterpret_cast<const char*>(data + 1), size - 1});
  if (!answer && answer.error().message.empty()) std::abort();
  if (!answer || methods[method] != "/seldon.protos.Model/Predict") return 0;
  if (!Ask(static_cast<int>(method), *answer)) std::abort();
  return 0;
}

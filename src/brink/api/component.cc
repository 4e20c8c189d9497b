#include "brink/api/component.h"

#include <utility>

namespace brink::api {
namespace {

Answer EmptyArray() {
  Tensors tensors;
  tensors.items.push_back({.name = "", .tensor = Tensor(Type::kFloat64, {0})});
  return {.payload = std::move(tensors)};
}

tl::unexpected<Error> NotImplemented(std::string_view method) {
  return Fail(Code::kUnimplemented, std::string(method) + " is not implemented");
}

}  // namespace

Result<Answer> Component::Predict(Message) { return EmptyArray(); }

Result<Answer> Component::TransformInput(Message input) {
  return Answer{.payload = std::move(input.payload)};
}

Result<Answer> Component::TransformOutput(Message input) {
  return Answer{.payload = std::move(input.payload)};
}

Result<Branch> Component::Route(Message) { return NotImplemented("route"); }

Result<Answer> Component::Aggregate(std::vector<Message>) { return NotImplemented("aggregate"); }

Result<Answer> Component::SendFeedback(Feedback) { return EmptyArray(); }

Result<Answer> Component::HealthStatus() {
  return Answer{.payload = Text{"not implemented - assuming healthy"}};
}

Result<Raw> Component::HandleRaw(Method method, Raw) { return NotImplemented(MethodLabel(method)); }

}  // namespace brink::api

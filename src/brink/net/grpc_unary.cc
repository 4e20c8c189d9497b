#include <grpcpp/impl/codegen/server_callback_handlers.h>

#include <chrono>
#include <utility>

#include "brink/net/grpc_methods.h"

namespace brink::net {
namespace {

grpc::StatusCode ToGrpcCode(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case Code::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case Code::kAlreadyExists:
      return grpc::StatusCode::ALREADY_EXISTS;
    case Code::kPermissionDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case Code::kUnauthenticated:
      return grpc::StatusCode::UNAUTHENTICATED;
    case Code::kFailedPrecondition:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case Code::kOutOfRange:
      return grpc::StatusCode::OUT_OF_RANGE;
    case Code::kUnimplemented:
      return grpc::StatusCode::UNIMPLEMENTED;
    case Code::kResourceExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case Code::kDeadlineExceeded:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case Code::kCancelled:
      return grpc::StatusCode::CANCELLED;
    case Code::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case Code::kDataLoss:
      return grpc::StatusCode::DATA_LOSS;
    case Code::kInternal:
      return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return {};
  size_t size = 0;
  for (const auto& slice : slices) size += slice.size();
  std::string bytes;
  bytes.reserve(size);
  for (const auto& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

// The buffer takes the string over: an answer is not copied on its way out.
grpc::ByteBuffer ToByteBuffer(std::string bytes) {
  constexpr size_t kWorthKeeping = 4096;
  if (bytes.size() < kWorthKeeping) {
    const grpc::Slice slice(bytes);
    return {&slice, 1};
  }
  auto* owned = new std::string(std::move(bytes));
  const grpc::Slice slice(
      owned->data(), owned->size(), [](void* owner) { delete static_cast<std::string*>(owner); },
      owned);
  return {&slice, 1};
}

// gRPC's deadline counts in system time; ours in steady time. Far deadlines (none was set) are no
// deadline.
std::optional<std::chrono::steady_clock::time_point> DeadlineOf(
    const grpc::CallbackServerContext& context) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return std::nullopt;
  const auto left = deadline - std::chrono::system_clock::now();
  if (left > std::chrono::hours(24 * 365)) return std::nullopt;
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(left);
}

// Lives from the call's arrival until gRPC is done with it, and deletes itself then: OnDone comes
// only after Finish, and Finish only from the handler's answer, so the answer always finds it
// alive.
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  explicit UnaryCall(grpc::ByteBuffer* response) : response_(response) {}

  void Answer(Result<std::string> answer) {
    if (!answer) {
      Finish({ToGrpcCode(answer.error().code), answer.error().message});
      return;
    }
    *response_ = ToByteBuffer(std::move(*answer));
    Finish(grpc::Status::OK);
  }
  void OnCancel() override { cancelled_->store(true, std::memory_order_relaxed); }
  void OnDone() override { delete this; }
  // Both reactions are trivial: gRPC need not wake a thread of its executor for them, which would
  // cost more than all else that brink does for a small call.
  bool InternalInlineable() override { return true; }
  const std::shared_ptr<std::atomic<bool>>& cancelled() const { return cancelled_; }

 private:
  grpc::ByteBuffer* response_;
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
};

class UnaryService : public grpc::Service {
 public:
  explicit UnaryService(protocols::GrpcHandler& handler) : handler_(handler) {
    const auto& methods = handler.Methods();
    for (size_t i = 0; i < methods.size(); ++i) {
      AddMethod(new grpc::internal::RpcServiceMethod(
          methods[i].c_str(), grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
      MarkMethodRawCallback(
          static_cast<int>(i),
          new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
              [this, i](grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                        grpc::ByteBuffer* response) {
                return Begin(static_cast<int>(i), *context, *request, response);
              }));
    }
  }

 private:
  grpc::ServerUnaryReactor* Begin(int method, const grpc::CallbackServerContext& context,
                                  const grpc::ByteBuffer& request, grpc::ByteBuffer* response) {
    auto* call = new UnaryCall(response);
    protocols::GrpcRequest ours{method, ToString(request), DeadlineOf(context), call->cancelled()};
    handler_.Handle(std::move(ours),
                    [call](Result<std::string> answer) { call->Answer(std::move(answer)); });
    return call;
  }

  protocols::GrpcHandler& handler_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeUnaryService(protocols::GrpcHandler& handler) {
  return std::make_unique<UnaryService>(handler);
}

}  // namespace brink::net

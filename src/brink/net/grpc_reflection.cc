#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "brink/net/grpc_methods.h"
#include "health/health.pb.h"
#include "reflection/reflection.pb.h"

namespace brink::net {
namespace {

namespace proto = ::grpc::reflection::v1;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

constexpr const char* kMethods[] = {
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};

// The file and everything it imports, each once: what a client needs to build the types.
void AppendWithImports(const FileDescriptor& file, std::set<std::string>& seen,
                       proto::FileDescriptorResponse& response) {
  if (!seen.insert(file.name()).second) return;
  google::protobuf::FileDescriptorProto descriptor;
  file.CopyTo(&descriptor);
  response.add_file_descriptor_proto(descriptor.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i)
    AppendWithImports(*file.dependency(i), seen, response);
}

void AnswerFile(const FileDescriptor* file, const std::string& asked,
                proto::ServerReflectionResponse& response) {
  if (file == nullptr) {
    response.mutable_error_response()->set_error_code(grpc::StatusCode::NOT_FOUND);
    response.mutable_error_response()->set_error_message("no such file or symbol: " +
                                                         asked.substr(0, 200));
    return;
  }
  std::set<std::string> seen;
  AppendWithImports(*file, seen, *response.mutable_file_descriptor_response());
}

void AnswerExtension(const proto::ExtensionRequest& request,
                     proto::ServerReflectionResponse& response) {
  response.mutable_error_response()->set_error_code(grpc::StatusCode::NOT_FOUND);
  response.mutable_error_response()->set_error_message("no extensions of " +
                                                       request.containing_type().substr(0, 200));
}

proto::ServerReflectionResponse Answer(const proto::ServerReflectionRequest& request,
                                       const std::vector<std::string>& services) {
  const DescriptorPool* pool = DescriptorPool::generated_pool();
  proto::ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case proto::ServerReflectionRequest::kFileByFilename:
      AnswerFile(pool->FindFileByName(request.file_by_filename()), request.file_by_filename(),
                 response);
      break;
    case proto::ServerReflectionRequest::kFileContainingSymbol:
      AnswerFile(pool->FindFileContainingSymbol(request.file_containing_symbol()),
                 request.file_containing_symbol(), response);
      break;
    case proto::ServerReflectionRequest::kFileContainingExtension:
      AnswerExtension(request.file_containing_extension(), response);
      break;
    case proto::ServerReflectionRequest::kAllExtensionNumbersOfType:
      response.mutable_all_extension_numbers_response()->set_base_type_name(
          request.all_extension_numbers_of_type());
      break;
    case proto::ServerReflectionRequest::kListServices:
      for (const auto& service : services)
        response.mutable_list_services_response()->add_service()->set_name(service);
      break;
    case proto::ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      response.mutable_error_response()->set_error_code(grpc::StatusCode::INVALID_ARGUMENT);
      response.mutable_error_response()->set_error_message("the request asks for nothing");
      break;
  }
  return response;
}

class ReflectionStream : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit ReflectionStream(const std::vector<std::string>& services) : services_(services) {
    StartRead(&read_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    proto::ServerReflectionRequest request;
    if (!grpc::SerializationTraits<proto::ServerReflectionRequest>::Deserialize(&read_, &request)
             .ok()) {
      Finish({grpc::StatusCode::INVALID_ARGUMENT, "not a ServerReflectionRequest"});
      return;
    }
    const grpc::Slice slice(Answer(request, services_).SerializeAsString());
    write_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&write_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    read_.Clear();
    StartRead(&read_);
  }
  void OnDone() override { delete this; }

 private:
  const std::vector<std::string>& services_;
  grpc::ByteBuffer read_;
  grpc::ByteBuffer write_;
};

class ReflectionService : public grpc::Service {
 public:
  explicit ReflectionService(std::vector<std::string> services) : services_(std::move(services)) {
    for (int i = 0; i < static_cast<int>(std::size(kMethods)); ++i) {
      AddMethod(new grpc::internal::RpcServiceMethod(
          kMethods[i], grpc::internal::RpcMethod::BIDI_STREAMING, nullptr));
      MarkMethodRawCallback(
          i, new grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                 [this](grpc::CallbackServerContext*) { return new ReflectionStream(services_); }));
    }
  }

 private:
  std::vector<std::string> services_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeReflectionService(std::vector<std::string> services) {
  // Links the health service's descriptor, which nothing else needs, into the pool.
  ::grpc::health::v1::HealthCheckRequest::descriptor();
  return std::make_unique<ReflectionService>(std::move(services));
}

}  // namespace brink::net

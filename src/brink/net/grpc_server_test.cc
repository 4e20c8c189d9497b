#include "brink/net/grpc_server.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "reflection/reflection.pb.h"

namespace brink::net {
namespace {

// Echo answers at once, Refuse with an error, Hold when the test says so.
class TestHandler : public protocols::GrpcHandler {
 public:
  const std::vector<std::string>& Methods() const override { return methods_; }
  void Handle(protocols::GrpcRequest request, protocols::GrpcResponder respond) override {
    if (request.method == 0) return respond(std::move(request.message));
    if (request.method == 1) return respond(Fail(Code::kInvalidArgument, "input 'x': wrong"));
    const std::lock_guard lock(mutex_);
    held_ = std::move(respond);
    cancelled_ = request.cancelled;
    changed_.notify_all();
  }
  protocols::GrpcResponder WaitForHeld() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_ != nullptr; });
    return std::exchange(held_, nullptr);
  }
  std::shared_ptr<std::atomic<bool>> cancelled() {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }

 private:
  std::vector<std::string> methods_ = {"/test.A/Echo", "/test.A/Refuse", "/test.B/Hold"};
  std::mutex mutex_;
  std::condition_variable changed_;
  protocols::GrpcResponder held_;
  std::shared_ptr<std::atomic<bool>> cancelled_;
};

std::string Text(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.DumpToSingleSlice(&slice).ok()) return {};
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

class GrpcServerTest : public testing::Test {
 protected:
  void SetUp() override {
    GrpcServerOptions options;
    options.address = "127.0.0.1";
    options.port = 0;
    options.max_message_bytes = 1 << 20;
    auto server = GrpcServer::Start(options, handler_);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    channel_ = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->port()),
                                         grpc::InsecureChannelCredentials(), arguments);
  }

  grpc::Status Call(const std::string& method, const std::string& request, std::string* answer,
                    grpc::ClientContext* context) {
    grpc::GenericStub stub(channel_);
    grpc::CompletionQueue queue;
    const grpc::Slice slice(request);
    auto call = stub.PrepareUnaryCall(context, method, grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    if (status.ok()) *answer = Text(response);
    return status;
  }
  grpc::Status Call(const std::string& method, const std::string& request, std::string* answer) {
    grpc::ClientContext context;
    return Call(method, request, answer, &context);
  }

  TestHandler handler_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(GrpcServerTest, PassesBytesThroughWhateverTheirSize) {
  for (const size_t size : {size_t{0}, size_t{5}, size_t{5000}, size_t{900'000}}) {
    std::string answer = "untouched";
    ASSERT_TRUE(Call("/test.A/Echo", std::string(size, 'x'), &answer).ok());
    EXPECT_EQ(answer, std::string(size, 'x'));
  }
}

TEST_F(GrpcServerTest, ErrorsKeepTheirCodeAndMessage) {
  std::string answer;
  const auto status = Call("/test.A/Refuse", "", &answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "input 'x': wrong");
}

TEST_F(GrpcServerTest, UnknownMethodsAreUnimplementedAndLargeMessagesRefused) {
  std::string answer;
  EXPECT_EQ(Call("/test.A/Nothing", "", &answer).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(Call("/test.A/Echo", std::string(2 << 20, 'x'), &answer).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(GrpcServerTest, AnswersMayBeLimitedToo) {
  GrpcServerOptions options;
  options.address = "127.0.0.1";
  options.port = 0;
  options.max_sent_bytes = 100;
  server_ = GrpcServer::Start(options, handler_).value();
  channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                 grpc::InsecureChannelCredentials());
  std::string answer;
  EXPECT_TRUE(Call("/test.A/Echo", std::string(100, 'x'), &answer).ok());
  EXPECT_EQ(Call("/test.A/Echo", std::string(101, 'x'), &answer).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(GrpcServerTest, AClientThatLeavesCancelsItsCall) {
  grpc::ClientContext context;
  std::thread client([&] {
    std::string answer;
    EXPECT_EQ(Call("/test.B/Hold", "", &answer, &context).error_code(),
              grpc::StatusCode::CANCELLED);
  });
  const auto respond = handler_.WaitForHeld();
  context.TryCancel();
  client.join();
  const auto cancelled = handler_.cancelled();
  while (!cancelled->load()) std::this_thread::yield();
  respond(std::string("nobody reads this"));
}

TEST_F(GrpcServerTest, StopLetsACallInFlightFinish) {
  std::string answer;
  grpc::Status status;
  std::thread client([&] { status = Call("/test.B/Hold", "", &answer); });
  const auto respond = handler_.WaitForHeld();
  std::thread stopper([&] { server_->Stop(std::chrono::seconds(30)); });
  respond(std::string("late"));
  client.join();
  stopper.join();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer, "late");
}

TEST_F(GrpcServerTest, ASecondServerOnThePortIsRefused) {
  GrpcServerOptions options;
  options.address = "127.0.0.1";
  options.port = server_->port();
  TestHandler other;
  const auto second = GrpcServer::Start(options, other);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::kAlreadyExists);
  EXPECT_NE(second.error().message.find("127.0.0.1:" + std::to_string(options.port)),
            std::string::npos);
}

TEST_F(GrpcServerTest, HealthSaysServing) {
  std::string answer;
  ASSERT_TRUE(Call("/grpc.health.v1.Health/Check", "", &answer).ok());
  EXPECT_EQ(answer, std::string("\x08\x01", 2));  // HealthCheckResponse{status: SERVING}
  server_->SetServing(false);
  ASSERT_TRUE(Call("/grpc.health.v1.Health/Check", "", &answer).ok());
  EXPECT_EQ(answer, std::string("\x08\x02", 2));
}

using Reflection = grpc::reflection::v1::ServerReflectionRequest;

grpc::reflection::v1::ServerReflectionResponse Reflect(
    const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
    const Reflection& request) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  auto call = stub.PrepareCall(&context, method, &queue);
  call->StartCall(nullptr);
  queue.Next(&tag, &ok);
  const grpc::Slice slice(request.SerializeAsString());
  call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  queue.Next(&tag, &ok);
  grpc::ByteBuffer buffer;
  call->Read(&buffer, nullptr);
  queue.Next(&tag, &ok);
  call->WritesDone(nullptr);
  queue.Next(&tag, &ok);
  grpc::Status status;
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  EXPECT_TRUE(status.ok()) << status.error_message();
  grpc::reflection::v1::ServerReflectionResponse response;
  EXPECT_TRUE(response.ParseFromString(Text(buffer)));
  return response;
}

TEST_F(GrpcServerTest, ReflectionListsServicesAndFilesUnderBothNames) {
  for (const std::string version : {"v1", "v1alpha"}) {
    const std::string method =
        "/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo";
    Reflection list;
    list.set_list_services("*");
    const auto services = Reflect(channel_, method, list);
    std::vector<std::string> names;
    for (const auto& service : services.list_services_response().service())
      names.push_back(service.name());
    EXPECT_EQ(names, (std::vector<std::string>{
                         "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                         "grpc.reflection.v1alpha.ServerReflection", "test.A", "test.B"}));
    Reflection file;
    file.set_file_containing_symbol("grpc.reflection.v1.ServerReflection");
    EXPECT_EQ(
        Reflect(channel_, method, file).file_descriptor_response().file_descriptor_proto_size(), 1);
    file.set_file_containing_symbol("grpc.health.v1.Health");
    EXPECT_EQ(
        Reflect(channel_, method, file).file_descriptor_response().file_descriptor_proto_size(), 1);
    file.set_file_containing_symbol("no.Such");
    EXPECT_EQ(Reflect(channel_, method, file).error_response().error_code(), 5);
  }
}

}  // namespace
}  // namespace brink::net

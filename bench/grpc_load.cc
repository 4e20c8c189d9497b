// Calls Model.Predict over CONNECTIONS connections, one call at a time on each, until REQUESTS were
// answered or SECONDS have passed, and says what came of it as JSON. With `verify` each call sends
// numbers of its own and its answer must be those numbers: what tiny.tflite and the echo give.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "seldon/prediction.pb.h"

namespace {

using Clock = std::chrono::steady_clock;

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  return buffer.DumpToSingleSlice(&slice).ok()
             ? std::string(reinterpret_cast<const char*>(slice.begin()), slice.size())
             : std::string();
}

struct Plan {
  std::string address;
  int connections = 8;
  int64_t requests = 0;
  Clock::time_point end;
  bool verify = false;
};

struct Totals {
  std::mutex mutex;
  std::condition_variable finished;
  int running = 0;
  int64_t ok = 0;
  int64_t failed = 0;
  int64_t wrong = 0;
  std::vector<float> milliseconds;
  std::string first_error;
};

std::atomic<int64_t> next_call{0};

// One connection: begins the next call when the last is answered.
class Connection {
 public:
  Connection(const Plan& plan, Totals& totals) : plan_(plan), totals_(totals) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(plan.address, grpc::InsecureChannelCredentials(), arguments));
  }

  void Call() {
    const int64_t number = next_call.fetch_add(1);
    if ((plan_.requests > 0 && number >= plan_.requests) || Clock::now() > plan_.end) {
      const std::lock_guard lock(totals_.mutex);
      --totals_.running;
      totals_.finished.notify_all();
      return;
    }
    context_ = std::make_unique<grpc::ClientContext>();
    if (plan_.verify || asked_.empty()) MakeRequest(number);
    request_ = ToBuffer(asked_);
    began_ = Clock::now();
    stub_->UnaryCall(context_.get(), "/seldon.protos.Model/Predict", {}, &request_, &response_,
                     [this](const grpc::Status& status) { OnAnswer(status); });
  }

 private:
  void MakeRequest(int64_t number) {
    seldon::protos::SeldonMessage message;
    auto* tensor = message.mutable_data()->mutable_tensor();
    tensor->add_shape(1);
    tensor->add_shape(4);
    for (int i = 0; i < 4; ++i) tensor->add_values(static_cast<double>(number % 1'000'000 + i));
    asked_ = message.SerializeAsString();
  }

  bool IsRight() const {
    seldon::protos::SeldonMessage asked;
    seldon::protos::SeldonMessage answered;
    if (!asked.ParseFromString(asked_) || !answered.ParseFromString(ToString(response_)))
      return false;
    const auto& wanted = asked.data().tensor().values();
    const auto& got = answered.data().tensor().values();
    return std::equal(wanted.begin(), wanted.end(), got.begin(), got.end());
  }

  void OnAnswer(const grpc::Status& status) {
    const float took = std::chrono::duration<float, std::milli>(Clock::now() - began_).count();
    const bool wrong = status.ok() && plan_.verify && !IsRight();
    {
      const std::lock_guard lock(totals_.mutex);
      totals_.milliseconds.push_back(took);
      ++(status.ok() ? totals_.ok : totals_.failed);
      totals_.wrong += wrong ? 1 : 0;
      if (!status.ok() && totals_.first_error.empty()) totals_.first_error = status.error_message();
    }
    Call();
  }

  const Plan& plan_;
  Totals& totals_;
  std::unique_ptr<grpc::GenericStub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::string asked_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  Clock::time_point began_;
};

void Print(Totals& totals, double seconds) {
  auto& times = totals.milliseconds;
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times.empty()
               ? 0
               : times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))];
  };
  std::printf(
      "{\"ok\": %lld, \"failed\": %lld, \"wrong\": %lld, \"seconds\": %.3f, \"per_second\": %.1f, "
      "\"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
      static_cast<long long>(totals.ok), static_cast<long long>(totals.failed),
      static_cast<long long>(totals.wrong), seconds, static_cast<double>(totals.ok) / seconds,
      at(.5), at(.99));
  if (!totals.first_error.empty()) std::fprintf(stderr, "%s\n", totals.first_error.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: %s PORT CONNECTIONS REQUESTS SECONDS [verify]\n", argv[0]);
    return 2;
  }
  Plan plan{.address = std::string("127.0.0.1:") + argv[1],
            .connections = std::atoi(argv[2]),
            .requests = std::atoll(argv[3]),
            .end = Clock::now() +
                   std::chrono::milliseconds(static_cast<int64_t>(std::atof(argv[4]) * 1000)),
            .verify = argc > 5 && std::strcmp(argv[5], "verify") == 0};
  Totals totals;
  std::vector<std::unique_ptr<Connection>> connections;
  connections.reserve(static_cast<size_t>(plan.connections));
  for (int i = 0; i < plan.connections; ++i)
    connections.push_back(std::make_unique<Connection>(plan, totals));
  totals.running = plan.connections;
  const Clock::time_point began = Clock::now();
  for (const auto& connection : connections) connection->Call();
  std::unique_lock lock(totals.mutex);
  totals.finished.wait(lock, [&] { return totals.running == 0; });
  Print(totals, std::chrono::duration<double>(Clock::now() - began).count());
  return totals.failed > 0 || totals.wrong > 0 ? 1 : 0;
}

// A sink that delivers events over a network that comes and goes: they wait in a spool, a thread of
// its own hands them one after another to a sender, and each is taken off only when it arrived. So
// events come in order and at least once.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "brink/camera/interrupt.h"
#include "brink/camera/sink.h"
#include "brink/camera/sinks/spool.h"

namespace brink::camera {

// How events travel. Called by one thread at a time, but for Observe.
class EventSender {
 public:
  virtual ~EventSender() = default;
  // Waits until `event` (JSON) arrived. kInvalidArgument: it never will, the next may.
  virtual Status Send(const std::string& event, const Interrupt& interrupt) = 0;
  // Sees each report, on the pipeline's thread: for what is state and not an event.
  virtual void Observe(const Report& /*report*/) {}
  virtual std::string name() const = 0;
};

struct OutboxOptions {
  SpoolOptions spool;
  std::chrono::milliseconds first_pause{500};  // after a failure; doubled with each in a row
  std::chrono::milliseconds longest_pause{30'000};
  std::chrono::milliseconds farewell{2'000};  // that the destructor lets what waits still be sent
};

Result<std::unique_ptr<Sink>> MakeOutbox(std::unique_ptr<EventSender> sender,
                                         const OutboxOptions& options);

}  // namespace brink::camera

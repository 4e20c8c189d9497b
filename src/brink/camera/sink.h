// Where reports go. A sink is one file of sinks/; the pipeline's thread calls it, frame by frame.
#pragma once

#include <string>

#include "brink/base/result.h"
#include "brink/camera/report.h"

namespace brink::camera {

class Sink {
 public:
  virtual ~Sink() = default;
  // Must not wait for the network. An error is logged and the next report comes all the same, but
  // kCancelled ends the pipeline: nobody wants more.
  virtual Status Take(const Report& report) = 0;
  virtual std::string name() const = 0;  // in logs
};

}  // namespace brink::camera

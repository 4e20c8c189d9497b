// A program that brink starts to do what must not happen in its own process: decode foreign video.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "brink/base/result.h"

namespace brink::camera {

// A running child. Its standard input is empty, its output and errors are pipes that never block.
// Ends with this object. One thread at a time.
class ChildProcess {
 public:
  // `arguments[0]` is looked for in PATH. kNotFound when there is no such program.
  static Result<ChildProcess> Start(const std::vector<std::string>& arguments);
  ~ChildProcess() { Stop(); }
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  int output() const { return output_; }
  int errors() const { return errors_; }

  // Asks it to end (SIGTERM), makes it end (SIGKILL) when it has not within a second, and waits for
  // it.
  void Stop();
  // The same for a child that has closed its output: it has a second to end by itself. What it
  // ended with: "exit status 1", "signal 11"; empty for success and for one that had to be stopped.
  std::string Finish();

 private:
  ChildProcess() = default;
  bool Await(std::chrono::milliseconds patience, int& status);

  int process_ = -1;
  int output_ = -1;
  int errors_ = -1;
};

}  // namespace brink::camera

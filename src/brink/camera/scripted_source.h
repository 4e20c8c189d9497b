// For tests: a source that does what it is told.
#pragma once

#include <functional>
#include <utility>

#include "brink/camera/source.h"

namespace brink::camera {

class ScriptedSource final : public Source {
 public:
  using Step = std::function<Result<bool>(Frame&)>;

  ScriptedSource(bool live, Step read) : live_(live), read_(std::move(read)) {}
  ScriptedSource(bool live, Step read, std::function<Status()> open)
      : live_(live), read_(std::move(read)), open_(std::move(open)) {}

  Status Open() override { return open_ ? open_() : Status(); }
  Result<bool> Read(Frame& frame) override { return read_(frame); }
  void Close() override {}
  bool is_live() const override { return live_; }

 private:
  const bool live_;
  const Step read_;
  const std::function<Status()> open_;
};

}  // namespace brink::camera

// A download's progress on a terminal; silent elsewhere. For one thread.
#pragma once

#include <chrono>
#include <string>

#include "brink/storage/storage.h"

namespace brink::apps {

class ProgressBar {
 public:
  // `name` stands before the bar.
  explicit ProgressBar(std::string name);
  ~ProgressBar() { Finish(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Show(const storage::Progress& progress);
  void Finish();  // wipes the line

 private:
  std::string name_;
  bool on_terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
};

// "face.tflite [#####.....]  50 %  2.0 of 4.0 MB  1.3 MB/s"; without a total only what has come.
std::string ProgressLine(const std::string& name, const storage::Progress& progress,
                         double seconds);

}  // namespace brink::apps

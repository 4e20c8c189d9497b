// How far a fetch is: a bar on a terminal, elsewhere a log line every few seconds. For one thread.
#pragma once

#include <chrono>
#include <string>

#include "brink/storage/storage.h"
#include "progress_bar.h"

namespace brink::apps {

class FetchProgress {
 public:
  explicit FetchProgress(const std::string& uri);

  void Show(const storage::Progress& progress);
  void Finish() { bar_.Finish(); }

 private:
  std::string uri_;  // fit to be shown
  ProgressBar bar_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point told_;
};

}  // namespace brink::apps

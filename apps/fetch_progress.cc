#include "fetch_progress.h"

#include <unistd.h>

#include "brink/base/log.h"

namespace brink::apps {
namespace {

constexpr std::chrono::seconds kBetweenLines{5};

std::string LastPart(const std::string& shown) {
  const size_t slash = shown.find_last_of('/');
  return slash == std::string::npos ? shown : shown.substr(slash + 1);
}

}  // namespace

FetchProgress::FetchProgress(const std::string& uri)
    : uri_(storage::Redact(uri)),
      bar_(LastPart(uri_)),
      started_(std::chrono::steady_clock::now()),
      told_(started_) {}

void FetchProgress::Show(const storage::Progress& progress) {
  bar_.Show(progress);
  const auto now = std::chrono::steady_clock::now();
  if (isatty(STDERR_FILENO) == 1 || now - told_ < kBetweenLines) return;
  told_ = now;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double rate = static_cast<double>(progress.bytes) / 1e6 / seconds;
  if (progress.total) {
    log::Info("fetching", {{"uri", uri_},
                           {"bytes", progress.bytes},
                           {"total", *progress.total},
                           {"mb_per_second", rate}});
  } else {
    log::Info("fetching", {{"uri", uri_}, {"bytes", progress.bytes}, {"mb_per_second", rate}});
  }
}

}  // namespace brink::apps

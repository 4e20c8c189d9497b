// Remotes of a type that brink does not speak, by an rclone that is installed.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "brink/storage/scheme.h"
#include "brink/storage/schemes/rclone.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kBetweenLooks{50};

// The exit status; the process is stopped when the fetch is.
Result<int> WaitFor(pid_t process, const FetchOptions& options) {
  int status = 0;
  while (true) {
    const pid_t ended = waitpid(process, &status, WNOHANG);
    if (ended == process) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (ended < 0) return Fail(Code::kInternal, "rclone got lost");
    if (options.cancelled != nullptr && *options.cancelled) {
      kill(process, SIGTERM);
      waitpid(process, &status, 0);
      return Fail(Code::kCancelled, "cancelled");
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

// rclone.org/docs/#exit-code
Status Judge(int status) {
  if (status == 0) return {};
  const std::string text = "rclone ended with exit code " + std::to_string(status);
  if (status == 3 || status == 4) return Fail(Code::kNotFound, text + ": no such file or folder");
  return Fail(status == 5 ? Code::kUnavailable : Code::kFailedPrecondition, text);
}

}  // namespace

Result<Opened> RunRclone(const std::string& uri, const std::string& type,
                         const FetchOptions& options) {
  const std::string parent =
      options.cache_dir.empty() ? VariableOr(options, "TMPDIR", "/tmp") : options.cache_dir;
  std::error_code error;
  fs::create_directories(parent, error);
  std::string folder = parent + "/brink-rclone-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    return Fail(Code::kPermissionDenied, folder + ": cannot make the folder");
  }
  std::shared_ptr<void> keep(nullptr, [folder](void*) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  });
  std::string words[] = {"rclone", "copy", "--", uri, folder};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                       words[3].data(), words[4].data(), nullptr};
  pid_t process = 0;
  if (posix_spawnp(&process, "rclone", nullptr, nullptr, arguments, environ) != 0) {
    return Fail(Code::kUnimplemented,
                "an rclone remote of type '" + type.substr(0, 40) +
                    "': brink itself speaks s3, google cloud storage, azureblob, http, webdav and "
                    "local, and no rclone is installed for the others");
  }
  BRINK_ASSIGN(const int status, WaitFor(process, options));
  BRINK_TRY(Judge(status));
  // A remote's file arrives as that file: what is alone in the folder and bears the URI's name.
  const fs::path file = fs::path(folder) / fs::path(uri.substr(uri.find(':') + 1)).filename();
  const bool single = fs::is_regular_file(file, error) &&
                      std::distance(fs::directory_iterator(folder, error), {}) == 1;
  return Opened{.path = single ? file.string() : folder, .source = nullptr, .keep = keep};
}

}  // namespace brink::storage

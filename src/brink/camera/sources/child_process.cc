#include "brink/camera/sources/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <system_error>
#include <utility>

namespace brink::camera {
namespace {

constexpr std::chrono::milliseconds kTimeToEnd{1000};
constexpr int kPipeBytes = 1 << 20;  // what Linux lets everybody have: fewer turns for a frame

void CloseOne(int& descriptor) {
  if (descriptor >= 0) close(descriptor);
  descriptor = -1;
}

struct Pipe {
  int read = -1;
  int write = -1;

  Status Make() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      return Fail(Code::kResourceExhausted, "no pipe: " + std::system_category().message(errno));
    }
    read = ends[0];
    write = ends[1];
    fcntl(read, F_SETFL, O_NONBLOCK);
    fcntl(read, F_SETPIPE_SZ, kPipeBytes);
    return {};
  }
  ~Pipe() {
    CloseOne(read);
    CloseOne(write);
  }
};

// How the child differs from us: its descriptors, and no signal blocked or ignored.
struct Start {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};

  Start(int output, int errors) {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    sigset_t restored;
    sigemptyset(&restored);
    sigaddset(&restored, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &restored);
    // In a group of its own, so that Ctrl-C reaches brink alone, which ends it in order.
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Start() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  Start(const Start&) = delete;
  Start& operator=(const Start&) = delete;
};

std::string Ending(int status) {
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return "exit status " + std::to_string(WEXITSTATUS(status));
  return "";
}

}  // namespace

Result<ChildProcess> ChildProcess::Start(const std::vector<std::string>& arguments) {
  Pipe output;
  Pipe errors;
  BRINK_TRY(output.Make());
  BRINK_TRY(errors.Make());
  std::vector<char*> words;
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const camera::Start start(output.write, errors.write);
  pid_t process = -1;
  const int error =
      posix_spawnp(&process, words[0], &start.files, &start.attributes, words.data(), environ);
  if (error != 0) {
    return Fail(error == ENOENT ? Code::kNotFound : Code::kResourceExhausted,
                "cannot start '" + arguments[0] + "': " + std::system_category().message(error));
  }
  ChildProcess child;
  child.process_ = process;
  child.output_ = std::exchange(output.read, -1);
  child.errors_ = std::exchange(errors.read, -1);
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept { *this = std::move(other); }

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(process_, other.process_);
  std::swap(output_, other.output_);
  std::swap(errors_, other.errors_);
  return *this;
}

// Reads away what the child says, so that it does not wait for us, until it has ended.
bool ChildProcess::Await(std::chrono::milliseconds patience, int& status) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::array<char, 4096> drain{};
  for (int watched = errors_;;) {
    if (waitpid(process_, &status, WNOHANG) == process_) return true;
    if (std::chrono::steady_clock::now() >= deadline) return false;
    pollfd one{watched, POLLIN, 0};
    if (poll(&one, 1, 10) > 0 && read(watched, drain.data(), drain.size()) <= 0) watched = -1;
  }
}

std::string ChildProcess::Finish() {
  int status = 0;
  const bool ended = process_ >= 0 && Await(kTimeToEnd, status);
  if (ended) process_ = -1;
  Stop();
  return ended ? Ending(status) : "";
}

void ChildProcess::Stop() {
  int status = 0;
  if (process_ >= 0) {
    kill(process_, SIGTERM);
    if (!Await(kTimeToEnd, status)) {
      kill(process_, SIGKILL);
      while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
      }
    }
  }
  process_ = -1;
  CloseOne(output_);
  CloseOne(errors_);
}

}  // namespace brink::camera

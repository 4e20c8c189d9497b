#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "bring_model.h"
#include "brink/base/file.h"
#include "brink/base/log.h"
#include "brink/storage/storage.h"
#include "commands.h"
#include "fetch_progress.h"
#include "stop_signal.h"

namespace brink::apps {
namespace {

constexpr int kMostWords = 64;
constexpr size_t kLongestKey = size_t{64} << 10;

// What docs/fetch.md says of each. 0 is done, 2 wrong use.
int ExitCodeOf(const Error& error) {
  switch (error.code) {
    case Code::kInvalidArgument:
      return 2;
    case Code::kNotFound:
      return 3;
    case Code::kPermissionDenied:
    case Code::kUnauthenticated:
      return 4;
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
      return 5;
    case Code::kDataLoss:
      return 6;
    case Code::kResourceExhausted:
      return 7;
    case Code::kUnimplemented:
      return 8;
    case Code::kCancelled:
      return 9;
    default:
      return 1;
  }
}

// Kubernetes shows what stands there as the reason of the container's end. Where there is no such
// file, nobody asks.
void TellTerminationLog(const std::string& path, const std::string& text) {
  if (path.empty()) return;
  const int file = open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = write(file, text.data(), text.size());
  close(file);
}

// What the command line says beside the configuration.
struct Arguments {
  std::vector<std::string> words;  // SRC DST pairs
  std::string sha256;
  bool no_unpack = false;
  int64_t max_files = 10'000;
  std::string signature_key;  // a PEM file
};

Status FetchOne(const std::string& source, const std::string& folder, storage::FetchOptions options,
                const std::atomic<bool>& stopped) {
  FetchProgress progress(source);
  options.on_progress = [&](const storage::Progress& now) { progress.Show(now); };
  options.cancelled = &stopped;
  const auto started = std::chrono::steady_clock::now();
  BRINK_ASSIGN(const storage::Delivered done, storage::FetchInto(source, folder, options));
  progress.Finish();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  log::Info("fetched", {{"uri", done.fetched.source},
                        {"folder", folder},
                        {"files", done.files},
                        {"bytes", done.bytes},
                        {"sha256", done.fetched.sha256},
                        {"cached", done.fetched.from_cache},
                        {"seconds", took.count()}});
  return {};
}

Status FetchAll(const Arguments& arguments, const Config& config) {
  const StopSignal stop;
  const std::vector<std::string>& words = arguments.words;
  BRINK_ASSIGN(storage::FetchOptions options, FetchOptionsOf(config));
  options.unpack = !arguments.no_unpack;
  options.max_files = arguments.max_files;
  if (!arguments.signature_key.empty()) {
    BRINK_ASSIGN(options.signature_key, ReadTextFile(arguments.signature_key, kLongestKey));
  }
  if (!arguments.sha256.empty()) options.sha256 = arguments.sha256;
  for (size_t i = 0; i + 1 < words.size(); i += 2) {
    Status status = FetchOne(words[i], words[i + 1], options, stop.arrived());
    if (!status) {
      TellTerminationLog(config.termination_log, status.error().message + "\n");
      return status;
    }
  }
  return {};
}

void AddArguments(CLI::App& app, Arguments& arguments) {
  app.add_option("SRC DST", arguments.words,
                 "what to fetch (URI, file or folder) and the folder that gets it; more pairs may "
                 "follow")
      ->required()
      ->expected(2, kMostWords);
  app.add_option("--sha256", arguments.sha256,
                 "SHA-256 of the file, hex; #sha256=HEX at the URI's end does the same")
      ->type_name("HEX")
      ->check([](const std::string& text) {
        const bool hex = text.find_first_not_of("0123456789abcdef") == std::string::npos;
        return text.size() == 64 && hex ? "" : "want 64 hex digits";
      });
  app.add_option("--signature-key", arguments.signature_key,
                 "ed25519 key, PEM: SRC.sig must be its signature of the file's SHA-256 in hex")
      ->type_name("FILE");
  app.add_option("--max-files", arguments.max_files, "refuse more files, of a folder or unpacked")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
  app.add_flag("--no-unpack", arguments.no_unpack, "leave an archive as it is");
  app.callback([&arguments] {
    if (arguments.words.size() % 2 != 0) throw CLI::ValidationError("want pairs of SRC and DST");
  });
}

}  // namespace

Command FetchCommand() {
  const auto arguments = std::make_shared<Arguments>();
  return {.name = "fetch",
          .help = "Bring a model into a folder, as a pod's storage initialiser",
          .example =
              "'brink SRC DST' without the word fetch does the same where SRC is a URI or a path.\n"
              "exit code: 0 done, 2 wrong use, 3 no such thing, 4 no permission, 5 not reached "
              "(try again),\n"
              "6 wrong or broken content, 7 a limit or a full disk, 8 not supported, 9 stopped, 1 "
              "anything else\n"
              "example: brink fetch https://example.com/face.tflite /mnt/models",
          .settings = {"cache", "cache_bytes", "offline", "mirror", "mirror_rules", "allow",
                       "fetch_patience_s", "fetch_deadline_s", "fetch_connections",
                       "max_model_bytes", "ca_file", "termination_log", "log_level", "log_format"},
          .arguments = [arguments](CLI::App& app) { AddArguments(app, *arguments); },
          .action = [arguments](const Config& config) { return FetchAll(*arguments, config); },
          .exit_code = ExitCodeOf};
}

}  // namespace brink::apps

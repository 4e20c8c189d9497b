#include "bring_model.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

#include "brink/base/file.h"
#include "brink/base/log.h"
#include "brink/storage/storage.h"
#include "progress_bar.h"

namespace brink::apps {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestRules = size_t{1} << 20;

Result<std::string> ModelInFolder(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".tflite") paths.push_back(it->path());
  }
  if (error) return Fail(Code::kPermissionDenied, folder + ": " + error.message());
  if (paths.empty()) return Fail(Code::kNotFound, "No models found at " + folder);
  std::sort(paths.begin(), paths.end());
  if (paths.size() > 1) {
    log::Warn("several models in the folder, the first by name is taken",
              {{"folder", folder}, {"models", paths.size()}, {"taken", paths.front()}});
  }
  return paths.front();
}

std::string NameOf(const std::string& uri) {
  const std::string shown = storage::Redact(uri);
  const size_t slash = shown.find_last_of('/');
  return slash == std::string::npos ? shown : shown.substr(slash + 1);
}

}  // namespace

Result<storage::FetchOptions> FetchOptionsOf(const Config& config) {
  storage::FetchOptions options{.cache_dir = config.cache,
                                .cache_bytes = config.cache_bytes,
                                .allowed = config.allow,
                                .max_bytes = static_cast<uint64_t>(config.max_model_bytes),
                                .ca_file = config.ca_file,
                                .patience = std::chrono::seconds(config.fetch_patience_s),
                                .deadline = std::chrono::seconds(config.fetch_deadline_s),
                                .connections = static_cast<int>(config.fetch_connections)};
  BRINK_ASSIGN(options.offline, storage::ParseOffline(config.offline));
  if (!config.mirror_rules.empty()) {
    BRINK_ASSIGN(const std::string text, ReadTextFile(config.mirror_rules, kLongestRules));
    auto rules = storage::ParseRules(text);
    if (!rules) return Fail(rules.error().Within(config.mirror_rules));
    options.mirrors = std::move(rules->mirrors);
    options.allowed.insert(options.allowed.end(), rules->allowed.begin(), rules->allowed.end());
  }
  BRINK_ASSIGN(storage::Mirrors mirrors, storage::ParseMirrors(config.mirror));
  options.mirrors.insert(options.mirrors.begin(), mirrors.begin(), mirrors.end());
  return options;
}

Result<ModelFile> BringModel(const std::string& uri, const Config& config,
                             const std::atomic<bool>* cancelled) {
  BRINK_ASSIGN(storage::FetchOptions options, FetchOptionsOf(config));
  options.digest_local = false;  // OpenModel may know it without reading the file again
  ProgressBar bar(NameOf(uri));
  options.on_progress = [&](const storage::Progress& progress) { bar.Show(progress); };
  options.cancelled = cancelled;
  const auto started = std::chrono::steady_clock::now();
  BRINK_ASSIGN(storage::Fetched fetched, storage::Fetch(uri, options));
  bar.Finish();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  if (fetched.path != uri && fetched.sha256.empty()) {
    log::Info("model found here", {{"uri", fetched.source}, {"path", fetched.path}});
  } else if (fetched.path != uri) {
    log::Info("model fetched", {{"uri", fetched.source},
                                {"sha256", fetched.sha256},
                                {"path", fetched.path},
                                {"cached", fetched.from_cache},
                                {"seconds", took.count()}});
  }
  ModelFile file{.path = fetched.path,
                 .sha256 = fetched.sha256,
                 .source = fetched.source,
                 .from_cache = fetched.from_cache,
                 .lease = fetched.lease};
  if (fs::is_directory(file.path)) {
    BRINK_ASSIGN(file.path, ModelInFolder(file.path));
    file.sha256.clear();
  }
  return file;
}

}  // namespace brink::apps

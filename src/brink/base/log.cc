// Debian ships spdlog and fmt without static archives: both are used header-only, here and nowhere
// else.
#define FMT_HEADER_ONLY

#include "brink/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <charconv>
#include <memory>
#include <mutex>

#include "brink/base/json.h"

namespace brink::log {
namespace {

class FileSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void Redirect(std::FILE* file, std::unique_ptr<spdlog::formatter> formatter) {
    std::lock_guard<std::mutex> lock(mutex_);
    file_ = file;
    formatter_ = std::move(formatter);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& record) override {
    spdlog::memory_buf_t line;
    formatter_->format(record, line);
    std::fwrite(line.data(), 1, line.size(), file_);
    std::fflush(file_);
  }
  void flush_() override { std::fflush(file_); }

  std::FILE* file_ = stderr;
};

const char* PatternOf(Format format) {
  switch (format) {
    case Format::kJson:
      return R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
    case Format::kPlain:
      return "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v";
    default:
      return "%H:%M:%S.%e %-7l %v";
  }
}

spdlog::level::level_enum BackendLevel(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

struct State {
  std::shared_ptr<FileSink> sink = std::make_shared<FileSink>();
  spdlog::logger logger{"brink", sink};
  std::atomic<Format> format{Format::kHuman};

  State() { Apply({}); }

  void Apply(const Options& options) {
    const bool terminal = isatty(fileno(options.file)) == 1;
    const Format automatic = terminal ? Format::kHuman : Format::kPlain;
    const Format chosen = options.format == Format::kAuto ? automatic : options.format;
    const auto zone = chosen == Format::kHuman ? spdlog::pattern_time_type::local
                                               : spdlog::pattern_time_type::utc;
    sink->Redirect(options.file,
                   std::make_unique<spdlog::pattern_formatter>(PatternOf(chosen), zone));
    format = chosen;
    logger.set_level(BackendLevel(options.level));
  }
};

// Never destroyed: threads may log while the process ends.
State& TheState() {
  static State* const state = new State();
  return *state;
}

// Printable ASCII without what key=value readers split at.
bool IsPlainWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

// Escaped to ASCII: a terminal never sees a control code, not even one beyond ASCII.
void AppendText(std::string& out, std::string_view text, bool may_be_bare) {
  if (may_be_bare && IsPlainWord(text)) {
    out += text;
  } else {
    json::AppendString(out, text, /*ascii=*/true);
  }
}

void AppendValue(std::string& out, const Field::Value& value, bool json) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    AppendText(out, *text, !json);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out += *flag ? "true" : "false";
  } else if (const auto* number = std::get_if<double>(&value)) {
    char digits[32];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, *number, std::chars_format::general, 6);
    const bool finite = *number - *number == 0;
    if (json && !finite)
      out += "null";
    else
      out.append(digits, end.ptr);
  } else if (const auto* integer = std::get_if<int64_t>(&value)) {
    out += std::to_string(*integer);
  } else {
    out += std::to_string(std::get<uint64_t>(value));
  }
}

std::string Body(Format format, std::string_view message, Fields fields) {
  const bool json = format == Format::kJson;
  std::string body;
  if (json) {
    body += "\"msg\":";
    AppendText(body, message, false);
  } else if (format == Format::kPlain) {
    body += "msg=";
    AppendText(body, message, true);
  } else {
    // A person reads the message as a sentence: it is quoted only when it holds something else than
    // printable ASCII.
    const bool sentence =
        std::all_of(message.begin(), message.end(), [](char c) { return c >= ' ' && c < 0x7f; });
    if (sentence)
      body += message;
    else
      AppendText(body, message, false);
  }
  for (const Field& field : fields) {
    body += json ? ",\"" : " ";
    body += field.key();
    body += json ? "\":" : "=";
    AppendValue(body, field.value(), json);
  }
  return body;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

}  // namespace

Result<Level> ParseLevel(std::string_view text) {
  const std::string word = Lower(text);
  if (word == "debug") return Level::kDebug;
  if (word == "info") return Level::kInfo;
  if (word == "warning" || word == "warn") return Level::kWarn;
  if (word == "error") return Level::kError;
  if (word == "off") return Level::kOff;
  return Fail(Code::kInvalidArgument,
              "log level '" + std::string(text) + "': want debug, info, warning, error or off");
}

Result<Format> ParseFormat(std::string_view text) {
  const std::string word = Lower(text);
  if (word == "auto") return Format::kAuto;
  if (word == "human") return Format::kHuman;
  if (word == "plain") return Format::kPlain;
  if (word == "json") return Format::kJson;
  return Fail(Code::kInvalidArgument,
              "log format '" + std::string(text) + "': want auto, human, plain or json");
}

void Configure(const Options& options) { TheState().Apply(options); }

bool Enabled(Level level) { return TheState().logger.should_log(BackendLevel(level)); }

void Write(Level level, std::string_view message, Fields fields) {
  State& state = TheState();
  const auto backend_level = BackendLevel(level);
  if (level == Level::kOff || !state.logger.should_log(backend_level)) return;
  state.logger.log(backend_level, spdlog::string_view_t(Body(state.format, message, fields)));
}

}  // namespace brink::log

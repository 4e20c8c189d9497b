// The process's log: one line a record, a message and key=value fields, on standard error. Any
// thread may write; lines never mix. Values are quoted and escaped where needed, so text from
// outside can neither break a line nor reach a terminal as control codes.
//
//   log::Info("ready", {{"url", url}, {"load_ms", 12.5}});
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "brink/base/result.h"

namespace brink::log {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };
enum class Format {
  kAuto,   // kHuman on a terminal, else kPlain
  kHuman,  // 12:30:05.123 info  ready url=http://0.0.0.0:9000
  kPlain,  // time=2026-01-31T12:30:05.123Z level=info msg=ready url=http://0.0.0.0:9000
  kJson,  // {"time":"2026-01-31T12:30:05.123Z","level":"info","msg":"ready","url":"http://0.0.0.0:9000"}
};

// "debug", "info", "warning", "error", "off" in any case ("warn" too): the words of
// SELDON_LOG_LEVEL.
Result<Level> ParseLevel(std::string_view text);
// "auto", "human", "plain", "json".
Result<Format> ParseFormat(std::string_view text);

// A named value of one record; text is viewed, not copied.
class Field {
 public:
  using Value = std::variant<std::string_view, int64_t, uint64_t, double, bool>;

  Field(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  Field(std::string_view key, const char* value) : key_(key), value_(std::string_view(value)) {}
  Field(std::string_view key, const std::string& value) : key_(key), value_(value) {}
  Field(std::string_view key, bool value) : key_(key), value_(value) {}
  Field(std::string_view key, double value) : key_(key), value_(value) {}
  template <std::signed_integral T>
  Field(std::string_view key, T value) : key_(key), value_(int64_t{value}) {}
  template <std::unsigned_integral T>
  Field(std::string_view key, T value) : key_(key), value_(uint64_t{value}) {}

  std::string_view key() const { return key_; }  // a word of ours: never escaped
  const Value& value() const { return value_; }

 private:
  std::string_view key_;
  Value value_;
};
using Fields = std::initializer_list<Field>;

struct Options {
  Level level = Level::kInfo;
  Format format = Format::kAuto;
  std::FILE* file = stderr;  // outlives the log's use of it
};
// Before the first Configure the defaults above hold. Meant for the start of a program.
void Configure(const Options& options);

// Whether a record of `level` would be written: to skip the work of preparing one.
bool Enabled(Level level);

void Write(Level level, std::string_view message, Fields fields = {});
inline void Debug(std::string_view message, Fields fields = {}) {
  Write(Level::kDebug, message, fields);
}
inline void Info(std::string_view message, Fields fields = {}) {
  Write(Level::kInfo, message, fields);
}
inline void Warn(std::string_view message, Fields fields = {}) {
  Write(Level::kWarn, message, fields);
}
inline void Error(std::string_view message, Fields fields = {}) {
  Write(Level::kError, message, fields);
}

}  // namespace brink::log

#include "brink/camera/sinks/spool.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <span>
#include <vector>

#include "brink/base/file.h"

namespace brink::camera {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".event";

// The number of a file of ours, or 0.
uint64_t NumberOf(const fs::path& path) {
  const std::string name = path.filename().string();
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() - kEnding.size() &&
                 name.ends_with(kEnding)
             ? number
             : 0;
}

}  // namespace

std::string Spool::PathOf(uint64_t number) const {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%020llu.event", static_cast<unsigned long long>(number));
  return (fs::path(options_.folder) / name.data()).string();
}

Result<Spool> Spool::Open(const SpoolOptions& options) {
  Spool spool(options);
  if (!options.folder.empty()) BRINK_TRY(spool.Load());
  return spool;
}

Status Spool::Load() {
  std::error_code error;
  fs::create_directories(options_.folder, error);
  if (error) return Fail(Code::kPermissionDenied, options_.folder + ": " + error.message());
  std::vector<uint64_t> numbers;
  for (fs::directory_iterator it(options_.folder, error), end; !error && it != end;
       it.increment(error)) {
    if (const uint64_t number = NumberOf(it->path()); number > 0) numbers.push_back(number);
  }
  if (error) return Fail(Code::kPermissionDenied, options_.folder + ": " + error.message());
  std::sort(numbers.begin(), numbers.end());
  for (const uint64_t number : numbers) {
    next_ = std::max(next_, number + 1);
    auto text = ReadTextFile(PathOf(number), options_.limit_bytes);
    if (!text) continue;  // larger than all may be, or gone meanwhile
    bytes_ += text->size();
    waiting_.push_back({number, std::move(*text)});
  }
  return {};
}

Status Spool::Add(std::string text) {
  if (text.size() > options_.limit_bytes) {
    return Fail(Code::kResourceExhausted, "an event of " + std::to_string(text.size()) +
                                              " bytes, the spool's limit is " +
                                              std::to_string(options_.limit_bytes));
  }
  const uint64_t number = next_++;
  if (!options_.folder.empty()) {
    BRINK_TRY(WriteFile(PathOf(number), std::as_bytes(std::span(text))));
  }
  bytes_ += text.size();
  waiting_.push_back({number, std::move(text)});
  while (bytes_ > options_.limit_bytes) {
    ++lost_;
    RemoveOldest();
  }
  return {};
}

void Spool::RemoveOldest() {
  if (waiting_.empty()) return;
  bytes_ -= waiting_.front().text.size();
  std::error_code ignored;  // gone already is as good
  if (!options_.folder.empty()) fs::remove(PathOf(waiting_.front().number), ignored);
  waiting_.pop_front();
}

}  // namespace brink::camera

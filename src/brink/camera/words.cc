#include "brink/camera/words.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace brink::camera {

json::Value ShortNumber(float value) {
  std::array<char, json::kMaxDoubleChars> digits{};
  const char* end = json::FormatFloat(digits.data(), value);
  double number = 0;
  std::from_chars(digits.data(), end, number);
  return number;
}

std::string TimeText(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  const auto seconds = static_cast<std::time_t>(since.count() / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ",
                static_cast<int>(since.count() % 1000));
  return text.data();
}

}  // namespace brink::camera

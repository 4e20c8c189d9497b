#include "brink/protocols/form.h"

namespace brink::protocols {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::string PercentDecode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = HexValue(text[i + 1]);
      const int low = HexValue(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
  }
  return out;
}

std::optional<std::string> FormField(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const size_t end = form.find('&');
    const std::string_view field = form.substr(0, end);
    form.remove_prefix(end == std::string_view::npos ? form.size() : end + 1);
    const size_t equals = field.find('=');
    const std::string_view key = field.substr(0, equals);
    // Decoding is for the one key that matters: a key longer than three times `name` is another.
    if (key.size() > 3 * name.size() || PercentDecode(key, true) != name) continue;
    if (equals == std::string_view::npos) return std::string();
    return PercentDecode(field.substr(equals + 1), true);
  }
  return std::nullopt;
}

}  // namespace brink::protocols

#include "brink/protocols/form.h"

#include "brink/base/percent.h"

namespace brink::protocols {
std::optional<std::string> FormField(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const size_t end = form.find('&');
    const std::string_view field = form.substr(0, end);
    form.remove_prefix(end == std::string_view::npos ? form.size() : end + 1);
    const size_t equals = field.find('=');
    const std::string_view key = field.substr(0, equals);
    // Decoding is for the one key that matters: a key longer than three times `name` is another.
    if (key.size() > 3 * name.size() || FormDecoded(key) != name) continue;
    if (equals == std::string_view::npos) return std::string();
    return FormDecoded(field.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace brink::protocols

#include "brink/model/printable.h"

namespace brink::model {

std::string Printable(std::string_view name) {
  constexpr size_t kMaxShown = 80;
  std::string text;
  for (const char c : name.substr(0, kMaxShown)) text += c < ' ' || c > '~' ? '?' : c;
  if (name.size() > kMaxShown) text += "...";
  return text;
}

std::string Quoted(std::string_view name) { return "'" + Printable(name) + "'"; }

}  // namespace brink::model

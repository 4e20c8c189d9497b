#include "brink/base/percent.h"

namespace brink {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Decoded(std::string_view text, char plus) {
  std::string plain;
  plain.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool may_be = text[i] == '%' && i + 2 < text.size();
    const int high = may_be ? HexValue(text[i + 1]) : -1;
    const int low = may_be ? HexValue(text[i + 2]) : -1;
    if (high >= 0 && low >= 0) {
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      plain += text[i] == '+' ? plus : text[i];
    }
  }
  return plain;
}

}  // namespace

std::string PercentDecoded(std::string_view text) { return Decoded(text, '+'); }

std::string FormDecoded(std::string_view text) { return Decoded(text, ' '); }

}  // namespace brink

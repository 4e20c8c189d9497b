// JSON read piece by piece, for decoders that want no tree: the caller walks objects and arrays
// itself and takes whole values where it likes. Parse() of json.h is built on it.
#pragma once

#include <string>
#include <string_view>

#include "brink/base/json.h"
#include "brink/base/json_number.h"
#include "brink/base/result.h"

namespace brink::json {

class Scanner {
 public:
  // `text` outlives the scanner.
  explicit Scanner(std::string_view text, const ParseOptions& options = {})
      : text_(text), options_(options) {}

  // The next character that is no white space, not consumed; '\0' at the end.
  char Peek() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  // Consumes `c` if it is next.
  bool Take(char c) {
    if (Peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  // Walking an object: Enter('{'), then while NextKey() gives a key, consume its value.
  // Walking an array: Enter('['), then while NextElement() gives true, consume a value.
  // Enter counts depth and fails beyond the limit or where the bracket is not next.
  Status Enter(char bracket);
  // The key before the next value, its ':' consumed; nullptr after the closing '}'. The string is
  // the scanner's own and is overwritten by the next call.
  Result<const std::string*> NextKey();
  Result<bool> NextElement();

  Result<std::string> ReadString();
  // The same without a copy where the string has no escapes; one with them goes into `unescaped`.
  Result<std::string_view> ReadStringView(std::string& unescaped);
  // Number::Kind::kDouble too for NaN and infinities where the options allow them.
  Result<Number> ReadNumber();
  Result<Value> ReadValue();
  // Consumes one value of any kind, checked as strictly as ReadValue checks.
  Status SkipValue();
  // Nothing but white space is left.
  Status ExpectEnd();

  size_t offset() const { return at_; }
  std::string_view text() const { return text_; }
  // Goes back (or forward) to an offset() of before, at the same depth.
  void Seek(size_t offset) { at_ = offset; }

  // "line 1 column 5: what", about where the scanner stands.
  [[nodiscard]] tl::unexpected<Error> FailHere(std::string_view what);
  // Whether the text itself was wrong so far: FailHere was called.
  bool failed() const { return failed_; }

 private:
  static bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
  Status ReadStringInto(std::string& out);
  Status ReadEscape(std::string& out);
  Result<uint32_t> ReadHex4();
  Result<Value> ReadArray();
  Result<Value> ReadObject();
  Result<Value> ReadNumberValue();
  bool TakeWord(std::string_view word);
  size_t FindSpecial(size_t from) const;

  std::string_view text_;
  ParseOptions options_;
  size_t at_ = 0;
  int depth_ = 0;
  size_t values_ = 0;  // that trees took
  bool failed_ = false;
  bool first_ = false;  // just entered: no comma before the next element
  std::string key_;
};

}  // namespace brink::json

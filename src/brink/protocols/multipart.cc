#include "brink/protocols/multipart.h"

#include <algorithm>
#include <optional>

#include "brink/protocols/http.h"

namespace brink::protocols {
namespace {

constexpr size_t kMaxParts = 1000;
constexpr size_t kMaxBoundary = 200;  // RFC 2046 allows 70

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The parameter `name` of a header's value: `form-data; name="a"; filename=b.txt`.
std::optional<std::string> Parameter(std::string_view header, std::string_view name) {
  size_t at = header.find(';');
  while (at != std::string_view::npos && at < header.size()) {
    ++at;
    const size_t equals = header.find_first_of("=;", at);
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = Trim(header.substr(at, equals - at));
    at = equals;
    std::string value;
    if (header[at] == '=') {
      ++at;
      while (at < header.size() && (header[at] == ' ' || header[at] == '\t')) ++at;
      if (at < header.size() && header[at] == '"') {
        for (++at; at < header.size() && header[at] != '"'; ++at) {
          const bool escape = header[at] == '\\' && at + 1 < header.size() &&
                              (header[at + 1] == '"' || header[at + 1] == '\\');
          if (escape) ++at;
          value.push_back(header[at]);
        }
        at = header.find(';', at);
      } else {
        const size_t end = header.find(';', at);
        value = Trim(header.substr(at, end == std::string_view::npos ? end : end - at));
        at = end;
      }
    }
    if (EqualsIgnoringCase(key, name)) return value;
  }
  return std::nullopt;
}

// Walks the body from boundary to boundary.
class Reader {
 public:
  Reader(std::string_view body, std::string_view boundary)
      : body_(body), dashes_("--" + std::string(boundary)) {}

  // Moves behind the next boundary's line, at least from at_; the text before it, its last line end
  // left out. Fails where there is no boundary.
  Result<std::string_view> NextUpToBoundary() {
    size_t from = at_;
    while (true) {
      const size_t found = body_.find(dashes_, from);
      if (found == std::string_view::npos) return Truncated();
      if (found == 0 || body_[found - 1] == '\n') {
        size_t end = found;
        if (end > at_) --end;
        if (end > at_ && body_[end - 1] == '\r') --end;
        const std::string_view before = body_.substr(at_, end - at_);
        BRINK_ASSIGN(const bool boundary, PassBoundary(found + dashes_.size()));
        if (boundary) return before;
      }
      from = found + 1;
    }
  }

  // One header or, where it is empty, the blank line after the last.
  Result<std::string_view> NextHeader() {
    const size_t end = body_.find('\n', at_);
    if (end == std::string_view::npos) return Truncated();
    std::string_view line = body_.substr(at_, end - at_);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    at_ = end + 1;
    return line;
  }

  bool closed() const { return closed_; }

 private:
  static tl::unexpected<Error> Truncated() {
    return Fail(Code::kInvalidArgument, "multipart body ends before its closing boundary");
  }

  // Whether `--boundary` that ends at `at` is a whole one: nothing but "--" and white space may
  // follow on its line.
  Result<bool> PassBoundary(size_t at) {
    const bool closing = body_.substr(at, 2) == "--";
    if (closing) at += 2;
    while (at < body_.size() && (body_[at] == ' ' || body_[at] == '\t')) ++at;
    if (body_.substr(at, 1) == "\r") ++at;
    if (at < body_.size() ? body_[at] != '\n' : !closing) return false;
    at_ = std::min(at + 1, body_.size());
    closed_ = closing;
    return true;
  }

  std::string_view body_;
  std::string dashes_;
  size_t at_ = 0;
  bool closed_ = false;
};

Result<Part> ReadPart(Reader& reader) {
  Part part;
  bool named = false;
  while (true) {
    BRINK_ASSIGN(const std::string_view line, reader.NextHeader());
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (!EqualsIgnoringCase(Trim(line.substr(0, colon)), "content-disposition")) continue;
    const std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
    if (auto name = Parameter(value, "name")) {
      part.name = std::move(*name);
      named = true;
    }
    part.file = Parameter(value, "filename").has_value();
  }
  if (!named) return Fail(Code::kInvalidArgument, "multipart body has a part without a name");
  BRINK_ASSIGN(part.contents, reader.NextUpToBoundary());
  return part;
}

}  // namespace

std::string BoundaryOf(std::string_view content_type) {
  return Parameter(content_type, "boundary").value_or("");
}

Result<std::vector<Part>> ParseMultipart(std::string_view body, std::string_view boundary) {
  if (boundary.empty() || boundary.size() > kMaxBoundary) {
    return Fail(Code::kInvalidArgument, "multipart Content-Type has no usable boundary");
  }
  Reader reader(body, boundary);
  BRINK_TRY(reader.NextUpToBoundary());
  std::vector<Part> parts;
  while (!reader.closed()) {
    if (parts.size() == kMaxParts) {
      return Fail(Code::kInvalidArgument,
                  "multipart body has more than " + std::to_string(kMaxParts) + " parts");
    }
    BRINK_ASSIGN(Part part, ReadPart(reader));
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace brink::protocols

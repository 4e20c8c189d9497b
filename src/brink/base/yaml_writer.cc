#include "brink/base/yaml_writer.h"

#include <algorithm>

#include "brink/base/json.h"

namespace brink::yaml {
namespace {

bool IsPlainCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_./+-@:=").find(c) != std::string_view::npos;
}

// Texts of letters, digits and a few signs mean themselves unless they begin or end as an
// indicator.
bool IsPlain(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.empty() ? 0 : text.front());
  const bool begins = std::isalnum(first) != 0 || first == '/' ||
                      (first == '-' && text.size() > 1 && text[1] != '-' && text[1] != ' ');
  return begins && text.back() != ':' && std::all_of(text.begin(), text.end(), IsPlainCharacter);
}

// Lines that a literal block keeps as they are.
bool IsBlock(std::string_view text) {
  if (text.size() < 2 || text.back() != '\n' || text[text.size() - 2] == '\n') return false;
  if (text.front() == ' ' || text.front() == '\n') return false;
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c == '\n' || (c >= ' ' && c < 0x7f); });
}

class Writer {
 public:
  // The value after "key:" or "-", up to the end of its line or block.
  void Value(const Node& node, int level) {
    switch (node.kind) {
      case Node::Kind::kNull:
        out_ += " null\n";
        break;
      case Node::Kind::kScalar:
        Scalar(node, level);
        break;
      case Node::Kind::kList:
        out_ += node.items.empty() ? " []\n" : "\n";
        List(node, level);
        break;
      case Node::Kind::kMap:
        out_ += node.entries.empty() ? " {}\n" : "\n";
        Map(node, level, false);
        break;
    }
  }
  void Document(const Node& node) {
    if (node.kind == Node::Kind::kMap && !node.entries.empty()) return Map(node, 0, false);
    if (node.kind == Node::Kind::kList && !node.items.empty()) return List(node, 0);
    Value(node, 1);
    out_.erase(0, 1);  // the space after a key that is not there
  }
  std::string Take() { return std::move(out_); }

 private:
  void Indent(int level) { out_.append(static_cast<size_t>(2 * level), ' '); }

  void Text(const Node& node) {
    if (!node.quoted && IsPlain(node.text)) {
      out_ += node.text;
    } else {
      const size_t begin = out_.size();
      json::AppendString(out_, node.text, /*ascii=*/false);
      // Unlike JSON, YAML takes no raw DEL.
      for (size_t at = begin; (at = out_.find('\x7f', at)) != std::string::npos;) {
        out_.replace(at, 1, "\\x7f");
      }
    }
  }
  void Scalar(const Node& node, int level) {
    if (!IsBlock(node.text)) {
      out_ += ' ';
      Text(node);
      out_ += '\n';
      return;
    }
    out_ += " |\n";
    for (size_t begin = 0; begin < node.text.size();) {
      const size_t end = node.text.find('\n', begin);
      if (end > begin) Indent(level);
      out_.append(node.text, begin, end + 1 - begin);
      begin = end + 1;
    }
  }
  void List(const Node& node, int level) {
    for (const Node& item : node.items) {
      Indent(level);
      out_ += '-';
      if (item.kind == Node::Kind::kMap && !item.entries.empty()) {
        out_ += ' ';
        Map(item, level + 1, true);  // the first key stands beside the dash
      } else {
        Value(item, level + 1);
      }
    }
  }
  void Map(const Node& node, int level, bool begun) {
    for (const Entry& entry : node.entries) {
      if (!begun) Indent(level);
      begun = false;
      Text({.kind = Node::Kind::kScalar, .text = entry.key});
      out_ += ':';
      const bool list = entry.value.kind == Node::Kind::kList;
      Value(entry.value, list ? level : level + 1);
    }
  }

  std::string out_;
};

}  // namespace

std::string Write(const Node& node) {
  Writer writer;
  writer.Document(node);
  return writer.Take();
}

}  // namespace brink::yaml

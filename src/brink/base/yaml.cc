#include "brink/base/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <istream>
#include <map>
#include <set>
#include <stdexcept>
#include <streambuf>

#include "brink/base/utf8.h"

namespace brink::yaml {
namespace {

// Thrown by Builder through yaml-cpp's parser and caught in ParseAll: the parser has no other way
// to stop early.
struct Refused : std::runtime_error {
  Refused(int line, const std::string& what)
      : std::runtime_error("line " + std::to_string(line) + ": " + what) {}
};

int LineOf(const YAML::Mark& mark) { return mark.line + 1; }

// Turns the parser's events into Nodes under the limits.
class Builder : public YAML::EventHandler {
 public:
  // `text_bytes`: the text's length. A node takes a byte of it at least, a key without a value two
  // nodes; a parser that makes more of it has lost its way (yaml-cpp does at a line that begins
  // with a comma) and would never end.
  Builder(const Limits& limits, size_t text_bytes)
      : limits_(limits), max_events_(2 * text_bytes + 16) {}

  Node TakeDocument() { return std::move(document_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {
    document_ = Node{};
    open_.clear();
    anchors_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(Node{.kind = Node::Kind::kNull, .line = LineOf(mark)}, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Refused(LineOf(mark), "an alias inside of the node that it stands for");
    }
    Charge(found->second, LineOf(mark), static_cast<int>(open_.size()) + 1);
    Place(found->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseTag(mark, tag);
    Node node{
        .kind = Node::Kind::kScalar, .line = LineOf(mark), .quoted = tag != "?", .text = value};
    Add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    RefuseTag(mark, tag);
    Open(Node{.kind = Node::Kind::kList, .line = LineOf(mark)}, anchor);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    RefuseTag(mark, tag);
    Open(Node{.kind = Node::Kind::kMap, .line = LineOf(mark)}, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Frame {  // a list or map whose end has not come yet
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    std::string key;
    int key_line = 0;
    std::set<std::string> keys;
  };

  static void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    const bool plain = tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str";
    if (!plain) throw Refused(LineOf(mark), "the tag '" + tag + "' is not supported");
  }

  // Counts `node` and what it holds against the limits; `depth` is the nesting that it comes to
  // stand at.
  void Charge(const Node& node, int line, int depth) {
    if (depth > limits_.max_depth) {
      throw Refused(line, "nested deeper than " + std::to_string(limits_.max_depth) + " levels");
    }
    if (++nodes_ > limits_.max_nodes) {
      throw Refused(line, "more than " + std::to_string(limits_.max_nodes) + " values");
    }
    bytes_ += node.text.size();
    if (bytes_ > limits_.max_bytes) {
      throw Refused(line,
                    "aliases expand to more than " + std::to_string(limits_.max_bytes) + " bytes");
    }
    for (const Node& item : node.items) Charge(item, line, depth + 1);
    for (const Entry& entry : node.entries) {
      bytes_ += entry.key.size();
      Charge(entry.value, line, depth + 1);
    }
  }

  void CountEvent(int line) {
    if (++events_ > max_events_) throw Refused(line, "not YAML");
  }

  void Add(Node node, YAML::anchor_t anchor) {
    CountEvent(node.line);
    Charge(node, node.line, static_cast<int>(open_.size()) + 1);
    if (anchor != 0) anchors_[anchor] = node;
    Place(std::move(node));
  }

  void Open(Node node, YAML::anchor_t anchor) {
    CountEvent(node.line);
    if (!open_.empty() && open_.back().node.kind == Node::Kind::kMap && !open_.back().has_key) {
      throw Refused(node.line, "a key must be a scalar");
    }
    Charge(node, node.line, static_cast<int>(open_.size()) + 1);
    open_.push_back(Frame{.node = std::move(node), .anchor = anchor});
  }

  void Close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    if (frame.anchor != 0) {
      Charge(frame.node, frame.node.line,
             static_cast<int>(open_.size()) + 1);  // the copy that is kept
      anchors_[frame.anchor] = frame.node;
    }
    Place(std::move(frame.node));
  }

  void Place(Node node) {
    if (open_.empty()) {
      document_ = std::move(node);
      return;
    }
    Frame& parent = open_.back();
    if (parent.node.kind == Node::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      parent.node.entries.push_back(Entry{std::move(parent.key), parent.key_line, std::move(node)});
      parent.has_key = false;
    } else {
      if (node.kind != Node::Kind::kScalar) throw Refused(node.line, "a key must be a scalar");
      if (!parent.keys.insert(node.text).second) {
        throw Refused(node.line, "the key '" + node.text + "' stands twice");
      }
      parent.key = std::move(node.text);
      parent.key_line = node.line;
      parent.has_key = true;
    }
  }

  const Limits& limits_;
  size_t max_events_;
  size_t events_ = 0;
  int nodes_ = 0;
  size_t bytes_ = 0;
  Node document_;
  std::vector<Frame> open_;
  std::map<YAML::anchor_t, Node> anchors_;
};

// A stream over text that is not copied.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf's get area is never written here
    setg(begin, begin, begin + text.size());
  }
};

// YAML allows no control characters, but its parser takes them and some make it slow.
Status CheckCharacters(std::string_view text) {
  int line = 1;
  for (const char c : text) {
    if (c == '\n') ++line;
    const bool control = static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\r' && c != '\t';
    if (control || c == '\x7f') {
      return Fail(Code::kInvalidArgument, "line " + std::to_string(line) + ": a control character");
    }
  }
  if (utf8::IsValid(text)) return {};
  return Fail(Code::kInvalidArgument, "the YAML text is not UTF-8");
}

std::string KindName(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kScalar:
      return "'" + node.text.substr(0, 80) + "'";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
  }
  return "nothing";
}

}  // namespace

const Node* Node::Find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Result<std::vector<Node>> ParseAll(std::string_view text, const Limits& limits) {
  if (text.size() > limits.max_bytes) {
    return Fail(Code::kResourceExhausted, "the YAML text has " + std::to_string(text.size()) +
                                              " bytes, the limit is " +
                                              std::to_string(limits.max_bytes));
  }
  BRINK_TRY(CheckCharacters(text));
  try {
    TextBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    Builder builder(limits, text.size());
    std::vector<Node> documents;
    while (parser.HandleNextDocument(builder)) documents.push_back(builder.TakeDocument());
    return documents;
  } catch (const YAML::Exception& error) {
    const std::string line =
        error.mark.is_null() ? "" : "line " + std::to_string(LineOf(error.mark)) + ": ";
    return Fail(Code::kInvalidArgument, line + error.msg);
  } catch (const std::exception& error) {
    return Fail(Code::kInvalidArgument, error.what());
  }
}

Result<Node> Parse(std::string_view text, const Limits& limits) {
  BRINK_ASSIGN(auto documents, ParseAll(text, limits));
  if (documents.empty()) return Node{.line = 1};
  if (documents.size() > 1) {
    return Fail(Code::kInvalidArgument, "line " + std::to_string(documents[1].line) +
                                            ": a second document; one is expected");
  }
  return std::move(documents.front());
}

unexpected<Error> Unfit(const Node& node, std::string_view where, std::string_view expected) {
  std::string message = "line " + std::to_string(node.line) + ": ";
  if (!where.empty()) message += std::string(where) + ": ";
  return Fail(Code::kInvalidArgument,
              message + "expected " + std::string(expected) + ", got " + KindName(node));
}

Result<std::string> AsText(const Node& node, std::string_view where) {
  if (node.kind != Node::Kind::kScalar) return Unfit(node, where, "text");
  return node.text;
}

Result<int64_t> AsInt(const Node& node, std::string_view where) {
  int64_t value = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value);
  if (node.kind != Node::Kind::kScalar || node.quoted || error != std::errc() || stop != end) {
    return Unfit(node, where, "an integer");
  }
  return value;
}

Result<double> AsNumber(const Node& node, std::string_view where) {
  double value = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value);
  if (node.kind != Node::Kind::kScalar || node.quoted || error != std::errc() || stop != end ||
      !std::isfinite(value)) {
    return Unfit(node, where, "a number");
  }
  return value;
}

Result<bool> AsBool(const Node& node, std::string_view where) {
  if (node.kind == Node::Kind::kScalar && !node.quoted) {
    if (node.text == "true") return true;
    if (node.text == "false") return false;
  }
  return Unfit(node, where, "true or false");
}

Result<MapReader> MapReader::Open(const Node& node, std::string_view where) {
  if (node.kind != Node::Kind::kMap) return Unfit(node, where, "a map");
  return MapReader(node, where);
}

const Node* MapReader::Take(std::string_view key) {
  known_.emplace_back(key);
  const Node* node = node_->Find(key);
  return node != nullptr && node->kind != Node::Kind::kNull ? node : nullptr;
}

Result<const Node*> MapReader::Need(std::string_view key) {
  if (const Node* node = Take(key)) return node;
  return Fail(Code::kInvalidArgument,
              "line " + std::to_string(node_->line) + ": the key '" + Path(key) + "' is missing");
}

std::string MapReader::Path(std::string_view key) const {
  return where_.empty() ? std::string(key) : where_ + "." + std::string(key);
}

Status MapReader::Finish() const {
  for (const Entry& entry : node_->entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    std::string message = "line " + std::to_string(entry.line) + ": the key '" +
                          Path(entry.key.substr(0, 80)) + "' is not known; known here:";
    for (size_t i = 0; i < known_.size(); ++i) message += (i == 0 ? " " : ", ") + known_[i];
    return Fail(Code::kInvalidArgument, std::move(message));
  }
  return {};
}

}  // namespace brink::yaml

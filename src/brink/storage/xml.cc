#include "brink/storage/xml.h"

#include <expat.h>

#include <memory>
#include <vector>

namespace brink::storage {
namespace {

constexpr size_t kDeepest = 32;
constexpr size_t kLongestText = size_t{64} << 10;
constexpr char kNameSpaceEnd = '\n';

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

struct Reading {
  XML_Parser parser = nullptr;
  const std::function<void(const std::string&, const std::string&)>* on_element = nullptr;
  std::string path;
  std::vector<size_t> lengths;  // of the path before each open element
  std::string text;
  std::string error;

  void Stop(const char* why) {
    error = why;
    XML_StopParser(parser, XML_FALSE);
  }
};

void OnStart(void* user, const XML_Char* name, const XML_Char** /*attributes*/) {
  auto& reading = *static_cast<Reading*>(user);
  if (reading.lengths.size() >= kDeepest) return reading.Stop("too deep");
  std::string_view local(name);
  const size_t end = local.rfind(kNameSpaceEnd);
  if (end != std::string_view::npos) local.remove_prefix(end + 1);
  reading.lengths.push_back(reading.path.size());
  if (!reading.path.empty()) reading.path += '/';
  reading.path += local;
  if (reading.path.size() > kLongestText) return reading.Stop("a name too long");
  reading.text.clear();
}

void OnEnd(void* user, const XML_Char* /*name*/) {
  auto& reading = *static_cast<Reading*>(user);
  (*reading.on_element)(reading.path, reading.text);
  reading.path.resize(reading.lengths.back());
  reading.lengths.pop_back();
  reading.text.clear();
}

void OnText(void* user, const XML_Char* text, int size) {
  auto& reading = *static_cast<Reading*>(user);
  if (reading.text.size() + static_cast<size_t>(size) > kLongestText) {
    return reading.Stop("a text too long");
  }
  reading.text.append(text, static_cast<size_t>(size));
}

void OnDocumentType(void* user, const XML_Char* /*name*/, const XML_Char* /*system*/,
                    const XML_Char* /*open*/, int /*internal*/) {
  static_cast<Reading*>(user)->Stop("a document type");
}

}  // namespace

Status ReadXml(
    std::string_view xml,
    const std::function<void(const std::string& path, const std::string& text)>& on_element) {
  const std::unique_ptr<XML_ParserStruct, FreeParser> parser(
      XML_ParserCreateNS(nullptr, kNameSpaceEnd));
  if (!parser) return Fail(Code::kResourceExhausted, "no memory for XML");
  Reading reading{.parser = parser.get(), .on_element = &on_element};
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), OnStart, OnEnd);
  XML_SetCharacterDataHandler(parser.get(), OnText);
  XML_SetStartDoctypeDeclHandler(parser.get(), OnDocumentType);
  const auto status = XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), 1);
  if (status == XML_STATUS_OK) return {};
  const std::string why =
      reading.error.empty() ? XML_ErrorString(XML_GetErrorCode(parser.get())) : reading.error;
  return Fail(Code::kDataLoss, "the server's listing is no XML that can be read: line " +
                                   std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": " +
                                   why);
}

}  // namespace brink::storage

#include "brink/protocols/seldon_v1/message_decoder.h"

#include <utility>

#include "brink/base/base64.h"
#include "brink/protocols/seldon_v1/data_decoder.h"
#include "brink/protocols/seldon_v1/meta_decoder.h"

namespace brink::protocols::seldon_v1 {
namespace {

tl::unexpected<Error> Bad(std::string message) {
  return Fail(Code::kInvalidArgument, std::move(message));
}

bool IsKnownButUnused(std::string_view key) { return key == "status" || key == "customData"; }

// strData and jsonData that are no string are whatever they are: Python's duck typing.
Result<api::Payload> ReadText(json::Scanner& scanner) {
  BRINK_ASSIGN(json::Value value, scanner.ReadValue());
  if (auto* text = value.get<std::string>()) return api::Payload(api::Text{std::move(*text)});
  return api::Payload(std::move(value));
}

}  // namespace

Status MessageDecoder::Json(std::string_view key, json::Scanner& value) {
  if (key == "data") {
    BRINK_ASSIGN(data_, ReadData(value));
    return {};
  }
  if (key == "jsonData") {
    BRINK_ASSIGN(json_, value.ReadValue());
    return {};
  }
  if (key == "strData") {
    BRINK_ASSIGN(text_, ReadText(value));
    return {};
  }
  if (key == "binData") {
    if (value.Peek() != '"') return Bad("binData: base64 text is wanted");
    std::string unescaped;
    BRINK_ASSIGN(const std::string_view text, value.ReadStringView(unescaped));
    auto bytes = base64::Decode(text);
    if (!bytes) return Fail(bytes.error().Within("binData"));
    bytes_ = api::Bytes{std::move(*bytes)};
    return {};
  }
  if (key == "meta") {
    BRINK_ASSIGN(meta_, ReadMeta(value));
    return {};
  }
  if (strict_ && !IsKnownButUnused(key)) return Bad("SeldonMessage has no such field");
  return value.SkipValue();
}

Status MessageDecoder::Text(std::string_view key, std::string_view text) {
  if (key == "strData") text_ = api::Text{std::string(text)};
  if (key == "jsonData") json_ = json::Value(text);
  if (key == "data" || key == "meta")
    return Bad(std::string(key) + ": a text field is wanted, not a file");
  return {};
}

Status MessageDecoder::Bytes(std::string_view key, std::string_view bytes) {
  if (key == "binData") bytes_ = api::Bytes{std::string(bytes)};
  return {};
}

Result<WireMessage> MessageDecoder::Finish() {
  WireMessage message;
  if (data_) {
    message = std::move(*data_);
  } else if (json_) {
    message.message.payload = std::move(*json_);
  } else if (text_) {
    message.message.payload = std::move(*text_);
  } else if (bytes_) {
    message.message.payload = std::move(*bytes_);
  } else if (!strict_) {
    return Bad("Invalid request data type: one of data, jsonData, strData, binData is wanted");
  }
  message.message.meta = std::move(meta_);
  return message;
}

Result<WireMessage> ReadMessage(json::Scanner& scanner, bool strict) {
  if (scanner.Peek() != '{') {
    BRINK_TRY(scanner.SkipValue());
    return Bad("Invalid request data type: an object is wanted");
  }
  BRINK_TRY(scanner.Enter('{'));
  MessageDecoder decoder(strict);
  while (true) {
    BRINK_ASSIGN(const std::string* key, scanner.NextKey());
    if (key == nullptr) return decoder.Finish();
    const std::string name = *key;
    BRINK_TRY(decoder.Json(name, scanner));
  }
}

}  // namespace brink::protocols::seldon_v1

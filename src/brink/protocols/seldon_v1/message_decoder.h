// One SeldonMessage, member by member, from JSON text or from the fields of a form.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "brink/base/json_scanner.h"
#include "brink/base/result.h"
#include "brink/protocols/seldon_v1/message.h"

namespace brink::protocols::seldon_v1 {

class MessageDecoder {
 public:
  // Strict: unknown members are errors, as protobuf's JSON has it.
  explicit MessageDecoder(bool strict) : strict_(strict) {}

  // Consumes the value of member `key`.
  Status Json(std::string_view key, json::Scanner& value);
  Status Text(std::string_view key, std::string_view text);
  Status Bytes(std::string_view key, std::string_view bytes);

  // What the members meant: data before jsonData before strData before binData. None of them is an
  // error unless strict.
  Result<WireMessage> Finish();

 private:
  bool strict_;
  api::Meta meta_;
  std::optional<WireMessage> data_;
  std::optional<api::Payload> json_;
  std::optional<api::Payload> text_;
  std::optional<api::Payload> bytes_;
};

// The object that is next as a message.
Result<WireMessage> ReadMessage(json::Scanner& scanner, bool strict);

}  // namespace brink::protocols::seldon_v1

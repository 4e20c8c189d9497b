#include "brink/protocols/seldon_v1/decode.h"

#include <cmath>
#include <optional>
#include <utility>

#include "brink/api/convert.h"
#include "brink/base/base64.h"
#include "brink/base/json_scanner.h"
#include "brink/protocols/seldon_v1/list_budget.h"
#include "brink/protocols/seldon_v1/message_decoder.h"

namespace brink::protocols::seldon_v1 {
namespace {

constexpr json::ParseOptions kOptions{.allow_nan = true};

tl::unexpected<Error> Bad(std::string message) {
  return Fail(Code::kInvalidArgument, std::move(message));
}

// Wrong JSON gets Seldon's words; what is right JSON and wrong otherwise says so itself.
Error Explain(const json::Scanner& scanner, const Error& error) {
  return scanner.failed() ? error.Within("Can't find JSON in data") : error;
}

// Gives each member of the object that the source means to `decoder`.
template <class Decoder>
Status ForEachMember(json::Scanner& scanner, Decoder& decoder) {
  if (scanner.Peek() != '{') {
    BRINK_TRY(scanner.SkipValue());
    return Bad("Invalid request data type: an object is wanted");
  }
  BRINK_TRY(scanner.Enter('{'));
  while (true) {
    BRINK_ASSIGN(const std::string* key, scanner.NextKey());
    if (key == nullptr) return scanner.ExpectEnd();
    const std::string name = *key;
    BRINK_TRY(decoder.Json(name, scanner));
  }
}

template <class Decoder>
Status ForEachField(const FormSource& form, Decoder& decoder) {
  using Kind = FormSource::Field::Kind;
  for (const FormSource::Field& field : form.fields) {
    if (field.kind == Kind::kText) {
      BRINK_TRY(decoder.Text(field.name, field.contents));
    } else if (field.kind == Kind::kBytes) {
      BRINK_TRY(decoder.Bytes(field.name, field.contents));
    } else {
      json::Scanner scanner(field.contents, kOptions);
      Status read = decoder.Json(field.name, scanner);
      if (read) read = scanner.ExpectEnd();
      if (!read) return Fail(Explain(scanner, read.error()));
    }
  }
  return {};
}

template <class Decoder>
Status Decode(const Source& source, Decoder& decoder) {
  if (const auto* form = std::get_if<FormSource>(&source)) return ForEachField(*form, decoder);
  json::Scanner scanner(std::get<JsonSource>(source).text, kOptions);
  Status read = decoder.Document(scanner);
  if (!read) return Fail(Explain(scanner, read.error()));
  return {};
}

// One SeldonMessage.
struct SingleDecoder : MessageDecoder {
  SingleDecoder() : MessageDecoder(/*strict=*/false) {}
  Status Document(json::Scanner& scanner) { return ForEachMember(scanner, *this); }
};

// A SeldonMessageList, or the list alone.
class ListDecoder {
 public:
  Status Document(json::Scanner& scanner) {
    if (scanner.Peek() != '[') return ForEachMember(scanner, *this);
    BRINK_TRY(ReadList(scanner));
    return scanner.ExpectEnd();
  }
  Status Json(std::string_view key, json::Scanner& value) {
    return key == "seldonMessages" ? ReadList(value) : value.SkipValue();
  }
  Status Text(std::string_view, std::string_view) { return {}; }
  Status Bytes(std::string_view, std::string_view) { return {}; }

  Result<std::vector<WireMessage>> Finish() {
    if (!messages_) return Bad("Invalid request data type: seldonMessages is missing");
    if (messages_->empty()) return Bad("seldonMessages is empty");
    return std::move(*messages_);
  }

 private:
  Status ReadList(json::Scanner& scanner) {
    if (scanner.Peek() != '[') {
      BRINK_TRY(scanner.SkipValue());
      return Bad("seldonMessages: a list is wanted");
    }
    BRINK_TRY(scanner.Enter('['));
    messages_.emplace();
    ListBudget budget(scanner.text().size());
    while (true) {
      BRINK_ASSIGN(const bool more, scanner.NextElement());
      if (!more) return {};
      BRINK_ASSIGN(WireMessage message, ReadMessage(scanner, /*strict=*/false));
      BRINK_TRY(budget.Take(message.message));
      messages_->push_back(std::move(message));
    }
  }

  std::optional<std::vector<WireMessage>> messages_;
};

// A Feedback message by the rules of protobuf's JSON.
class FeedbackDecoder {
 public:
  Status Document(json::Scanner& scanner) {
    if (scanner.Peek() != '[') return ForEachMember(scanner, *this);
    // Seldon's server takes an empty list for a message without fields.
    BRINK_TRY(scanner.Enter('['));
    BRINK_ASSIGN(const bool more, scanner.NextElement());
    if (more) return Bad("Invalid JSON: an object is wanted");
    return scanner.ExpectEnd();
  }
  Status Json(std::string_view key, json::Scanner& value) {
    if (key == "request") return ReadPart(value, request_, key);
    if (key == "response") return ReadPart(value, response_, key);
    if (key == "truth") return ReadPart(value, truth_, key);
    if (key == "reward") return ReadReward(value);
    return Bad("Invalid JSON: Feedback has no such field, only request, response, reward, truth");
  }
  Status Text(std::string_view, std::string_view) { return Unexpected(); }
  Status Bytes(std::string_view, std::string_view) { return Unexpected(); }

  WireRequest Finish() {
    WireRequest wire;
    wire.form = request_.form;
    wire.infer.message = std::move(request_.message);
    wire.infer.response = std::move(response_.message);
    wire.infer.truth = std::move(truth_.message);
    wire.infer.reward = reward_;
    return wire;
  }

 private:
  static tl::unexpected<Error> Unexpected() {
    return Bad("Invalid JSON: Feedback wants its fields as JSON, not as files");
  }

  static Status ReadPart(json::Scanner& scanner, WireMessage& part, std::string_view name) {
    part = {};
    if (scanner.Peek() == 'n') return scanner.SkipValue();  // null
    auto message = ReadMessage(scanner, /*strict=*/true);
    if (!message) {
      return Fail(scanner.failed() ? message.error()
                                   : message.error().Within("Invalid JSON: " + std::string(name)));
    }
    part = std::move(*message);
    return {};
  }

  // A number or its text; what is not finite would spoil the sum of all rewards for ever.
  Status ReadReward(json::Scanner& scanner) {
    BRINK_ASSIGN(const json::Value value, scanner.ReadValue());
    std::optional<double> reward;
    if (value.is_null()) reward = 0;
    if (value.is_number()) reward = value.ToDouble();
    if (const auto* text = value.get<std::string>()) reward = api::ParseFloat(*text);
    reward_ = reward ? static_cast<float>(*reward) : 0;
    if (!reward || !std::isfinite(reward_)) {
      return Bad("Invalid JSON: reward: a finite number is wanted");
    }
    return {};
  }

  WireMessage request_;
  WireMessage response_;
  WireMessage truth_;
  float reward_ = 0;
};

Result<WireRequest> DecodeMessage(const Source& source) {
  SingleDecoder decoder;
  BRINK_TRY(Decode(source, decoder));
  BRINK_ASSIGN(WireMessage message, decoder.Finish());
  WireRequest request;
  request.form = message.form;
  request.infer.message = std::move(message.message);
  return request;
}

Result<WireRequest> DecodeList(const Source& source) {
  ListDecoder decoder;
  BRINK_TRY(Decode(source, decoder));
  BRINK_ASSIGN(std::vector<WireMessage> messages, decoder.Finish());
  WireRequest request;
  request.form = messages.front().form;
  for (WireMessage& message : messages) {
    request.infer.messages.push_back(std::move(message.message));
  }
  return request;
}

Result<WireRequest> DecodeFeedback(const Source& source) {
  FeedbackDecoder decoder;
  BRINK_TRY(Decode(source, decoder));
  return decoder.Finish();
}

}  // namespace

Result<WireRequest> DecodeRequest(api::Method method, const Source& source) {
  const auto decode = [&]() -> Result<WireRequest> {
    if (method == api::Method::kAggregate) return DecodeList(source);
    if (method == api::Method::kSendFeedback) return DecodeFeedback(source);
    return DecodeMessage(source);
  };
  BRINK_ASSIGN(WireRequest request, decode());
  request.infer.method = method;
  return request;
}

Result<json::Value> DecodeRaw(const Source& source) {
  const auto parse = [](std::string_view text) -> Result<json::Value> {
    auto value = json::Parse(text, kOptions);
    if (!value) return Fail(value.error().Within("Can't find JSON in data"));
    return std::move(*value);
  };
  const auto* form = std::get_if<FormSource>(&source);
  if (form == nullptr) return parse(std::get<JsonSource>(source).text);
  json::Object object;
  for (const FormSource::Field& field : form->fields) {
    switch (field.kind) {
      case FormSource::Field::Kind::kText:
        object[field.name] = field.contents;
        break;
      case FormSource::Field::Kind::kBytes:
        object[field.name] = base64::Encode(field.contents);
        break;
      case FormSource::Field::Kind::kJson:
        BRINK_ASSIGN(object[field.name], parse(field.contents));
        break;
    }
  }
  return json::Value(std::move(object));
}

}  // namespace brink::protocols::seldon_v1

// Where in an HTTP request Seldon's JSON is: multipart fields, the form field `json`, the query
// parameter `json`, or the body, in this order.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "brink/base/result.h"
#include "brink/protocols/http.h"

namespace brink::protocols::seldon_v1 {

// One JSON text, UTF-8.
struct JsonSource {
  std::string text;
};

// A multipart form: each field is a member of the object that the request means.
struct FormSource {
  struct Field {
    enum class Kind { kJson, kText, kBytes };
    std::string name;
    Kind kind = Kind::kJson;
    std::string_view contents;  // into `body`
  };
  std::string body;
  std::vector<Field> fields;  // names are distinct
};

using Source = std::variant<JsonSource, FormSource>;

// Takes the request's body. Errors are kInvalidArgument: "Can't find JSON in data".
Result<Source> FindSource(HttpRequest request);

// The bytes of the request where nothing is to be decoded (PAYLOAD_PASSTHROUGH): the form field or
// query parameter `json`, else the body.
std::string FindBytes(HttpRequest request);

}  // namespace brink::protocols::seldon_v1

// XML of listings: every element with its text, none of XML's wider world: a document type, and so
// every entity of its own, is refused; depth and text are bounded. storage/ only.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "brink/base/result.h"

namespace brink::storage {

// `on_element` hears of each element when it ends: "ListBucketResult/Contents/Key" (without name
// spaces) and its own text. kDataLoss for what is no XML.
Status ReadXml(
    std::string_view xml,
    const std::function<void(const std::string& path, const std::string& text)>& on_element);

}  // namespace brink::storage

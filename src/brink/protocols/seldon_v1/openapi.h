// What the REST face says of itself: an OpenAPI 3 document and a page that shows it.
#pragma once

#include <string>

namespace brink::protocols::seldon_v1 {

// JSON, made from the table of routes.
std::string OpenApiDocument();

// HTML without anything to load from elsewhere.
std::string DocumentationPage();

}  // namespace brink::protocols::seldon_v1

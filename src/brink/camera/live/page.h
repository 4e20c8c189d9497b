// The live view's page: no library, nothing from elsewhere.
#pragma once

#include <string_view>

namespace brink::camera {

extern const std::string_view kPage;

}  // namespace brink::camera

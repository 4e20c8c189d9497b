// Times and numbers as the camera's JSON has them.
#pragma once

#include <chrono>
#include <string>

#include "brink/base/json.h"

namespace brink::camera {

// "2026-01-31T12:30:05.123Z"
std::string TimeText(std::chrono::system_clock::time_point time);

// A float as the shortest number that reads back as it: .9 is 0.9, not 0.8999999761581421.
json::Value ShortNumber(float value);

}  // namespace brink::camera

// Areas and lines in the picture: who is where, who went over.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/vision/nms.h"

namespace brink::camera {

using Point = std::array<float, 2>;  // x, y relative to the picture

struct Zone {
  std::string name;
  std::vector<Point> corners;  // of a polygon, in order
};

// A directed line: something that goes over it from its left (seen from `from` to `to` with y
// downwards) to its right goes "forth", the other way "back".
struct Line {
  std::string name;
  Point from{};
  Point to{};
};

enum class Crossing { kNone, kForth, kBack };

// "door=0.1,0.5,0.4,0.5,0.4,1": a name and x, y of three corners or more. Numbers from 0 to 1.
Result<Zone> ParseZone(const std::string& text);
// "gate=0,0.5,1,0.5": a name and x, y of both ends.
Result<Line> ParseLine(const std::string& text);

// Where something stands: the middle of its lower edge.
Point FootOf(const vision::Box& box);

// By the even-odd rule.
bool Contains(const Zone& zone, const Point& point);
// Whether the way from `before` to `now` goes over the line.
Crossing CrossingOf(const Line& line, const Point& before, const Point& now);

}  // namespace brink::camera

#include "brink/camera/stages/zones.h"

#include <charconv>
#include <cstdlib>

namespace brink::camera {
namespace {

constexpr size_t kMostCorners = 64;

struct Named {
  std::string name;
  std::vector<Point> points;
};

// Above 0 where `point` lies to the right of the way from a to b, y downwards.
float SideOf(const Point& a, const Point& b, const Point& point) {
  return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]);
}

Result<Named> Parse(const std::string& text, const char* expected) {
  const auto unfit = [&] {
    return Fail(Code::kInvalidArgument,
                "'" + text + "': expected " + expected + ", numbers from 0 to 1");
  };
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) return unfit();
  Named named{.name = text.substr(0, equals)};
  std::vector<float> numbers;
  const char* at = text.data() + equals;
  const char* end = text.data() + text.size();
  while (at != end && numbers.size() <= 2 * kMostCorners) {
    float number = 0;
    const auto [stop, error] = std::from_chars(at + 1, end, number);
    if (error != std::errc() || !(number >= 0 && number <= 1)) return unfit();
    if (stop != end && *stop != ',') return unfit();
    numbers.push_back(number);
    at = stop;
  }
  if (numbers.size() % 2 != 0 || numbers.size() > 2 * kMostCorners) return unfit();
  for (size_t k = 0; k < numbers.size(); k += 2)
    named.points.push_back({numbers[k], numbers[k + 1]});
  return named;
}

}  // namespace

Result<Zone> ParseZone(const std::string& text) {
  constexpr const char* kExpected = "a zone NAME=X,Y,X,Y,X,Y,... of 3 to 64 corners";
  BRINK_ASSIGN(Named named, Parse(text, kExpected));
  if (named.points.size() < 3) {
    return Fail(Code::kInvalidArgument, "'" + text + "': expected " + kExpected);
  }
  return Zone{std::move(named.name), std::move(named.points)};
}

Result<Line> ParseLine(const std::string& text) {
  constexpr const char* kExpected = "a line NAME=X,Y,X,Y";
  BRINK_ASSIGN(Named named, Parse(text, kExpected));
  if (named.points.size() != 2 || named.points[0] == named.points[1]) {
    return Fail(Code::kInvalidArgument, "'" + text + "': expected " + kExpected);
  }
  return Line{std::move(named.name), named.points[0], named.points[1]};
}

Point FootOf(const vision::Box& box) { return {(box[0] + box[2]) / 2, box[3]}; }

bool Contains(const Zone& zone, const Point& point) {
  bool inside = false;
  const auto& corners = zone.corners;
  for (size_t k = 0, last = corners.size() - 1; k < corners.size(); last = k++) {
    const Point& a = corners[k];
    const Point& b = corners[last];
    if ((a[1] > point[1]) == (b[1] > point[1])) continue;
    if (point[0] < (b[0] - a[0]) * (point[1] - a[1]) / (b[1] - a[1]) + a[0]) inside = !inside;
  }
  return inside;
}

Crossing CrossingOf(const Line& line, const Point& before, const Point& now) {
  const bool was_right = SideOf(line.from, line.to, before) > 0;
  const bool is_right = SideOf(line.from, line.to, now) > 0;
  if (was_right == is_right) return Crossing::kNone;
  // And the ends of the line lie on both sides of the way.
  const float from = SideOf(before, now, line.from);
  const float to = SideOf(before, now, line.to);
  if ((from > 0) == (to > 0)) return Crossing::kNone;
  return is_right ? Crossing::kForth : Crossing::kBack;
}

}  // namespace brink::camera

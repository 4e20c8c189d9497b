#include "brink/camera/stages/events.h"

#include <cmath>
#include <utility>

#include "brink/camera/words.h"

namespace brink::camera {
namespace {

double SecondsBetween(Tracker::Time from, Tracker::Time to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

std::string_view EventTypeName(Event::Type type) {
  switch (type) {
    case Event::Type::kStart:
      return "start";
    case Event::Type::kUpdate:
      return "update";
    case Event::Type::kEnd:
      return "end";
    case Event::Type::kEnter:
      return "enter";
    case Event::Type::kDwell:
      return "dwell";
    case Event::Type::kLeave:
      return "leave";
    case Event::Type::kCross:
      return "cross";
  }
  return "";
}

json::Value ToJson(const Event& event) {
  json::Array box;
  for (const float edge : event.box) box.push_back(ShortNumber(edge));
  json::Object object{{"type", EventTypeName(event.type)},
                      {"camera", event.camera},
                      {"id", event.id},
                      {"track", event.track},
                      {"label", event.label},
                      {"score", ShortNumber(event.score)},
                      {"box", std::move(box)},
                      {"time", TimeText(event.time)},
                      {"seconds", std::round(event.seconds * 1000) / 1000}};
  if (!event.before.empty()) object["before"] = event.before;
  if (event.type == Event::Type::kCross) {
    object["line"] = event.place;
    object["direction"] = event.direction;
  } else if (!event.place.empty()) {
    object["zone"] = event.place;
  }
  return object;
}

Event EventMaker::Make(Event::Type type, const Track& track, Tracker::Time time) const {
  const auto begun =
      std::chrono::duration_cast<std::chrono::milliseconds>(track.begun.time_since_epoch());
  return {.type = type,
          .camera = camera_,
          .track = track.id,
          .id = camera_ + "-" + std::to_string(begun.count()) + "-" + std::to_string(track.id),
          .label = track.label,
          .before = "",
          .score = track.score,
          .box = track.box,
          .place = "",
          .direction = "",
          .time = time,
          .seconds = SecondsBetween(track.begun, time)};
}

void EventMaker::TellPlaces(const Track& track, Told& told, Tracker::Time time,
                            std::vector<Event>& events) {
  const Point foot = FootOf(track.box);
  for (size_t k = 0; k < places_.zones.size(); ++k) {
    const bool inside = Contains(places_.zones[k], foot);
    if (inside == told.inside[k]) {
      if (inside) TellDwell(track, told, k, time, events);
      continue;
    }
    Event event = Make(inside ? Event::Type::kEnter : Event::Type::kLeave, track, time);
    event.place = places_.zones[k].name;
    if (!inside) event.seconds = SecondsBetween(told.since[k], time);
    told.inside[k] = inside;
    told.dwells[k] = false;
    told.since[k] = time;
    events.push_back(std::move(event));
  }
  for (const Line& line : places_.lines) {
    const Crossing crossing = CrossingOf(line, told.foot, foot);
    if (crossing == Crossing::kNone) continue;
    const bool forth = crossing == Crossing::kForth;
    Event event = Make(Event::Type::kCross, track, time);
    event.place = line.name;
    event.direction = forth ? "forth" : "back";
    ++(forth ? forth_ : back_)[line.name];
    events.push_back(std::move(event));
  }
  told.foot = foot;
}

void EventMaker::TellDwell(const Track& track, Told& told, size_t zone, Tracker::Time time,
                           std::vector<Event>& events) const {
  const double seconds = SecondsBetween(told.since[zone], time);
  if (places_.dwell_seconds <= 0 || told.dwells[zone] || seconds < places_.dwell_seconds) return;
  told.dwells[zone] = true;
  Event event = Make(Event::Type::kDwell, track, time);
  event.place = places_.zones[zone].name;
  event.seconds = seconds;
  events.push_back(std::move(event));
}

void EventMaker::TellEnd(const Track& track, std::vector<Event>& events) {
  const auto found = told_.find(track.id);
  if (found == told_.end()) return;
  for (size_t k = 0; k < places_.zones.size(); ++k) {
    if (!found->second.inside[k]) continue;
    Event event = Make(Event::Type::kLeave, track, track.seen);
    event.place = places_.zones[k].name;
    event.seconds = SecondsBetween(found->second.since[k], track.seen);
    events.push_back(std::move(event));
  }
  events.push_back(Make(Event::Type::kEnd, track, track.seen));
  told_.erase(found);
}

std::vector<Event> EventMaker::Update(const Tracker& tracker, Tracker::Time time) {
  std::vector<Event> events;
  for (const Track& track : tracker.ended()) TellEnd(track, events);
  for (const Track& track : tracker.tracks()) {
    if (!track.confirmed) continue;
    auto found = told_.find(track.id);
    if (found == told_.end()) {
      const size_t zones = places_.zones.size();
      found = told_
                  .emplace(track.id,
                           Told{track.label, FootOf(track.box), std::vector<bool>(zones, false),
                                std::vector<bool>(zones, false),
                                std::vector<Tracker::Time>(zones, time)})
                  .first;
      events.push_back(Make(Event::Type::kStart, track, time));
    }
    Told& told = found->second;
    if (told.label != track.label) {
      Event event = Make(Event::Type::kUpdate, track, time);
      event.before = std::exchange(told.label, track.label);
      events.push_back(std::move(event));
    }
    TellPlaces(track, told, time, events);
  }
  return events;
}

std::map<std::string, int64_t> EventMaker::Inside() const {
  std::map<std::string, int64_t> counts;
  for (size_t k = 0; k < places_.zones.size(); ++k) {
    int64_t& count = counts[places_.zones[k].name];
    for (const auto& [track, told] : told_) count += told.inside[k] ? 1 : 0;
  }
  return counts;
}

}  // namespace brink::camera

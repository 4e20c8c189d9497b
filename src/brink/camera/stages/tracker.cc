#include "brink/camera/stages/tracker.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace brink::camera {
namespace {

constexpr float kAlpha = .7f;         // how much of a surprise moves the place
constexpr float kBeta = .3f;          // and the speed
constexpr float kForget = .9f;        // of a label's weight from frame to frame
constexpr float kSureOfLabel = 1.2f;  // another label must outweigh the track's by this
constexpr float kLeastStep = .02f;    // seconds: a burst of frames makes no wild speeds
constexpr float kLongestAhead = .5f;  // seconds that a track is thought to go on as it went

float Seconds(std::chrono::system_clock::duration time) {
  return std::chrono::duration<float>(time).count();
}

std::array<float, 4> StateOf(const vision::Box& box) {
  return {(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]};
}

struct Pair {
  float overlap = 0;
  size_t track = 0;
  size_t detection = 0;
};

}  // namespace

vision::Box Tracker::Predicted(size_t track, Time time) const {
  const Motion& motion = motions_[track];
  const float ahead = std::min(Seconds(time - tracks_[track].seen), kLongestAhead);
  State state{};
  for (size_t k = 0; k < 4; ++k) state[k] = motion.place[k] + motion.speed[k] * ahead;
  const float width = std::max(state[2], 1e-4f) / 2;
  const float height = std::max(state[3], 1e-4f) / 2;
  return {state[0] - width, state[1] - height, state[0] + width, state[1] + height};
}

void Tracker::EndOld(Time time) {
  ended_.clear();
  size_t kept = 0;
  for (size_t k = 0; k < tracks_.size(); ++k) {
    if (time - tracks_[k].seen > options_.gap) {
      if (tracks_[k].confirmed) ended_.push_back(std::move(tracks_[k]));
      continue;
    }
    if (kept != k) {
      tracks_[kept] = std::move(tracks_[k]);
      motions_[kept] = motions_[k];
      votes_[kept] = std::move(votes_[k]);
    }
    ++kept;
  }
  tracks_.resize(kept);
  motions_.resize(kept);
  votes_.resize(kept);
  matched_.assign(kept, false);
}

// The pair that overlaps most goes first, whatever the labels: somebody who takes a mask off stays
// the same.
void Tracker::Match(std::span<const vision::Detection> detections, bool sure, Time time,
                    std::vector<int64_t>& ids) {
  const float least = sure ? options_.sure_overlap : options_.unsure_overlap;
  std::vector<Pair> pairs;
  for (size_t track = 0; track < tracks_.size(); ++track) {
    if (matched_[track]) continue;
    const vision::Box predicted = Predicted(track, time);
    for (size_t k = 0; k < detections.size(); ++k) {
      if ((detections[k].score >= options_.sure_score) != sure) continue;
      // Something that stopped is where it was last seen.
      const float overlap =
          std::max(vision::IntersectionOverUnion(predicted, detections[k].box),
                   vision::IntersectionOverUnion(tracks_[track].box, detections[k].box));
      if (overlap >= least) pairs.push_back({overlap, track, k});
    }
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
    if (a.overlap != b.overlap) return a.overlap > b.overlap;
    return std::pair(a.track, a.detection) < std::pair(b.track, b.detection);
  });
  for (const Pair& pair : pairs) {
    if (matched_[pair.track] || ids[pair.detection] != 0) continue;
    matched_[pair.track] = true;
    ids[pair.detection] = tracks_[pair.track].id;
    Continue(pair.track, detections[pair.detection], time);
  }
}

void Tracker::Vote(size_t track, const vision::Detection& detection) {
  std::vector<Weight>& votes = votes_[track];
  for (Weight& one : votes) one.weight *= kForget;
  std::erase_if(votes, [](const Weight& one) { return one.weight < .01f; });
  auto own = std::find_if(votes.begin(), votes.end(), [&](const Weight& one) {
    return one.label_index == detection.label_index && one.label == detection.label;
  });
  if (own == votes.end()) {
    votes.push_back({detection.label_index, detection.label, 0});
    own = votes.end() - 1;
  }
  own->weight += detection.score;
  const auto current = std::find_if(votes.begin(), votes.end(), [&](const Weight& one) {
    return one.label == tracks_[track].label;
  });
  if (current == votes.end() || own->weight > current->weight * kSureOfLabel) {
    tracks_[track].label = own->label;
    tracks_[track].label_index = own->label_index;
  }
}

void Tracker::Continue(size_t track, const vision::Detection& detection, Time time) {
  Track& one = tracks_[track];
  Motion& motion = motions_[track];
  const float passed = std::max(Seconds(time - one.seen), kLeastStep);
  const State measured = StateOf(detection.box);
  for (size_t k = 0; k < 4; ++k) {
    const float ahead = std::min(passed, kLongestAhead);
    const float predicted = motion.place[k] + motion.speed[k] * ahead;
    const float surprise = measured[k] - predicted;
    motion.place[k] = predicted + kAlpha * surprise;
    motion.speed[k] += kBeta * surprise / passed;
  }
  one.box = detection.box;
  one.seen = time;
  one.frames += 1;
  one.confirmed = one.confirmed || one.frames >= options_.frames_to_confirm;
  if (detection.score < options_.sure_score) return;
  one.score = detection.score;
  Vote(track, detection);
}

void Tracker::Begin(const vision::Detection& detection, Time time) {
  tracks_.push_back({.id = next_id_++,
                     .label_index = detection.label_index,
                     .label = detection.label,
                     .score = detection.score,
                     .box = detection.box,
                     .begun = time,
                     .seen = time,
                     .frames = 1,
                     .confirmed = options_.frames_to_confirm <= 1});
  motions_.push_back({.place = StateOf(detection.box)});
  votes_.push_back({{detection.label_index, detection.label, detection.score}});
  matched_.push_back(true);
}

std::vector<int64_t> Tracker::Update(std::span<const vision::Detection> detections, Time time) {
  last_ = std::max(last_, time);  // a clock that was set back
  EndOld(last_);
  std::vector<int64_t> ids(detections.size(), 0);
  Match(detections, true, last_, ids);
  Match(detections, false, last_, ids);
  for (size_t k = 0; k < detections.size(); ++k) {
    if (ids[k] != 0 || detections[k].score < options_.sure_score) continue;
    if (tracks_.size() >= options_.most_tracks) break;
    Begin(detections[k], last_);
    ids[k] = tracks_.back().id;
  }
  return ids;
}

}  // namespace brink::camera

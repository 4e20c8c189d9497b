#include "brink/camera/stages/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::camera {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Zones, AreReadAndWrongOnesRefused) {
  const Zone zone = ParseZone("door=0,0,1,0,0.5,1").value();
  EXPECT_EQ(zone.name, "door");
  EXPECT_TRUE(Contains(zone, {.5f, .5f}));
  EXPECT_FALSE(Contains(zone, {.1f, .9f}));
  for (const char* text :
       {"", "door", "=0,0,1,0,1,1", "door=0,0,1,1", "door=0,0,1,0,1", "door=0,0,1,0,1,2",
        "door=0,0,1,0,1,x", "door=0,0,1,0,1,1,", "door=nan,0,1,0,1,1"}) {
    EXPECT_FALSE(ParseZone(text).has_value()) << text;
  }
  EXPECT_THAT(ParseLine("gate=0,0,1").error().message, HasSubstr("'gate=0,0,1': expected a line"));
  EXPECT_FALSE(ParseLine("gate=0,0,0,0").has_value());
}

TEST(Zones, ALineIsCrossedForthAndBackAndOnlyBetweenItsEnds) {
  const Line line = ParseLine("gate=0.2,0.5,0.8,0.5").value();
  EXPECT_EQ(CrossingOf(line, {.5f, .4f}, {.5f, .6f}), Crossing::kForth);
  EXPECT_EQ(CrossingOf(line, {.5f, .6f}, {.5f, .4f}), Crossing::kBack);
  EXPECT_EQ(CrossingOf(line, {.1f, .4f}, {.1f, .6f}), Crossing::kNone);
  EXPECT_EQ(CrossingOf(line, {.5f, .1f}, {.5f, .4f}), Crossing::kNone);
}

class Events : public testing::Test {
 protected:
  std::vector<std::string> Step(std::vector<vision::Detection> detections) {
    now_ += milliseconds(100);
    tracker_.Update(detections, now_);
    std::vector<std::string> told;
    for (const Event& event : maker_.Update(tracker_, now_)) {
      last_ = event;
      std::string line(EventTypeName(event.type));
      line += " " + std::to_string(event.track) + " " + event.label;
      if (!event.place.empty()) line += " " + event.place;
      if (!event.direction.empty()) line += " " + event.direction;
      told.push_back(line);
    }
    return told;
  }
  static vision::Detection At(float x, float foot, const std::string& label = "Mask") {
    return {.label = label, .score = .9f, .box = {x - .1f, foot - .3f, x + .1f, foot}};
  }
  Tracker tracker_{{.gap = milliseconds(300)}};
  EventMaker maker_{"door",
                    {.zones = {ParseZone("mat=0.4,0.4,0.6,0.4,0.6,0.8,0.4,0.8").value()},
                     .lines = {ParseLine("gate=0,0.6,1,0.6").value()}}};
  Tracker::Time now_{std::chrono::hours(500'000)};
  Event last_;
};

TEST_F(Events, AVisitIsToldFromStartToEnd) {
  EXPECT_THAT(Step({At(.5f, .3f)}), IsEmpty());
  EXPECT_THAT(Step({At(.5f, .35f)}), ElementsAre("start 1 Mask"));
  EXPECT_THAT(Step({At(.5f, .45f)}), ElementsAre("enter 1 Mask mat"));
  EXPECT_EQ(maker_.Inside().at("mat"), 1);
  EXPECT_THAT(Step({At(.5f, .55f)}), IsEmpty());
  EXPECT_THAT(Step({At(.5f, .65f)}), ElementsAre("cross 1 Mask gate forth"));
  EXPECT_THAT(Step({At(.5f, .75f)}), IsEmpty());
  EXPECT_THAT(Step({At(.5f, .85f)}), ElementsAre("leave 1 Mask mat"));
  EXPECT_NEAR(last_.seconds, .4, 1e-6);
  EXPECT_EQ(maker_.Inside().at("mat"), 0);
  for (int k = 0; k < 3; ++k) EXPECT_THAT(Step({}), IsEmpty());
  EXPECT_THAT(Step({}), ElementsAre("end 1 Mask"));
  EXPECT_NEAR(last_.seconds, .6, 1e-6);
  EXPECT_EQ(maker_.forth().at("gate"), 1);
}

TEST_F(Events, AChangedLabelIsAnUpdateAndWhoVanishesLeavesItsZone) {
  Step({At(.5f, .5f)});
  EXPECT_THAT(Step({At(.5f, .5f)}), ElementsAre("start 1 Mask", "enter 1 Mask mat"));
  std::vector<std::string> told;
  for (int k = 0; k < 10 && told.empty(); ++k) told = Step({At(.5f, .5f, "NoMask")});
  EXPECT_THAT(told, ElementsAre("update 1 NoMask"));
  EXPECT_EQ(last_.before, "Mask");
  for (int k = 0; k < 3; ++k) Step({});
  EXPECT_THAT(Step({}), ElementsAre("leave 1 NoMask mat", "end 1 NoMask"));
}

TEST_F(Events, WhoStaysInAZoneDwellsThereOnceAStay) {
  EventMaker maker("door",
                   {.zones = {ParseZone("mat=0,0,1,0,1,1,0,1").value()}, .dwell_seconds = .5});
  std::vector<Event> dwelling;
  for (int k = 0; k < 20; ++k) {
    now_ += milliseconds(100);
    tracker_.Update(std::vector{At(.5f, .5f)}, now_);
    for (const Event& event : maker.Update(tracker_, now_)) {
      if (event.type == Event::Type::kDwell) dwelling.push_back(event);
    }
  }
  ASSERT_EQ(dwelling.size(), 1u);
  EXPECT_EQ(dwelling[0].place, "mat");
  EXPECT_NEAR(dwelling[0].seconds, .5, .01);
}

TEST_F(Events, AreWrittenAsJson) {
  Step({At(.5f, .5f)});
  Step({At(.5f, .5f)});
  const std::string text = json::Write(ToJson(last_));
  EXPECT_THAT(text, HasSubstr(R"("type":"enter")"));
  EXPECT_THAT(text, HasSubstr(R"("zone":"mat")"));
  EXPECT_THAT(text, HasSubstr(R"("id":"door-1800000000100-1")"));
}

}  // namespace
}  // namespace brink::camera

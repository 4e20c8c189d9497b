#include "config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace brink::apps {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

GetVariable Variables(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

TEST(Config, FlagsWinOverEnvironmentOverFileOverDefaultsInWhateverOrderTheyCome) {
  const Setting& threads = *FindSetting("threads");
  const std::array<std::pair<Origin, std::string>, 3> layers = {
      {{Origin::kFile, "1"}, {Origin::kEnvironment, "2"}, {Origin::kFlag, "3"}}};
  std::array<int, 3> order = {0, 1, 2};
  do {
    Configuration configuration;
    EXPECT_EQ(configuration.values().threads, 0);
    for (const int layer : order) {
      ASSERT_TRUE(configuration.Set(threads, {layers[layer].second}, layers[layer].first, "here"));
    }
    EXPECT_EQ(configuration.values().threads, 3);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Config, TheEnvironmentIsReadByTheTable) {
  Configuration configuration;
  ASSERT_TRUE(configuration.SetFromEnvironment(
      Variables({{"BRINK_HTTP_PORT", "9001"},
                 {"BRINK_MIRROR", " https://a/=/srv/a/  https://b/=/srv/b/ "},
                 {"BRINK_CACHE", ""}}),
      Origin::kEnvironment));
  EXPECT_EQ(configuration.values().http_port, 9001);
  EXPECT_THAT(configuration.values().mirror,
              ElementsAre("https://a/=/srv/a/", "https://b/=/srv/b/"));
  const std::array<std::string_view, 3> names = {"http_port", "cache", "threads"};
  EXPECT_EQ(configuration.Print(names),
            "http_port = 9001  (BRINK_HTTP_PORT)\n"
            "threads = 0  (default)\n"
            "cache =   (default)\n");
}

TEST(Config, WrongValuesNameThePlaceAndWhatIsWanted) {
  const auto error_of = [](std::string_view name, const std::string& text) {
    Configuration configuration;
    const Status status = configuration.Set(*FindSetting(name), {text}, Origin::kFlag, "here");
    return status ? "taken" : status.error().message;
  };
  EXPECT_EQ(error_of("http_port", "65536"), "here: want a number from 0 to 65535, got '65536'");
  EXPECT_EQ(error_of("threads", "-1"), "here: want a number from 0 to 256, got '-1'");
  EXPECT_EQ(error_of("threads", "2x"), "here: want a number from 0 to 256, got '2x'");
  EXPECT_THAT(error_of("mirror", "nonsense"), HasSubstr("here: mirror 'nonsense': want FROM=TO"));
  EXPECT_THAT(error_of("log_level", "loud"), HasSubstr("here: log level 'loud'"));
}

TEST(Config, EverySettingHasItsOwnNames) {
  std::map<std::string, int> seen;
  for (const Setting& setting : Settings()) {
    EXPECT_EQ(FindSetting(setting.name), &setting);
    EXPECT_EQ(++seen[setting.Flag()], 1) << setting.name;
    EXPECT_FALSE(setting.help.empty()) << setting.name;
    if (setting.env.empty()) continue;
    EXPECT_EQ(++seen[std::string(setting.env)], 1) << setting.name;
  }
}

}  // namespace
}  // namespace brink::apps

// Every model of ../shared gives what LiteRT gives, within the tolerances of verify/judge.h. What
// cannot yet stands in verify/not_yet.txt with its reason; a case that stands there and passes is a
// failure, so that the list is always exact.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "brink/verify/check.h"
#include "brink/verify/not_yet.h"

namespace brink::verify {
namespace {

std::string Zoo() {
  const char* named = std::getenv("BRINK_SHARED");
  return std::string(named != nullptr && *named != '\0' ? named : "../shared") + "/zoo.json";
}

std::vector<Case> AllCases() {
  if (!std::filesystem::exists(Zoo())) return {};
  auto cases = LoadCases(Zoo());
  return cases ? *cases : std::vector<Case>{};
}

class GoldenTest : public testing::TestWithParam<Case> {};

TEST_P(GoldenTest, AgreesWithItsRecordings) {
  const std::string wrong = Check(GetParam()).Wrong();
  const auto listed = NotYet().find(GetParam().name);
  if (listed == NotYet().end()) {
    EXPECT_EQ(wrong, "");
  } else {
    EXPECT_NE(wrong, "")
        << "passes; take it off src/brink/verify/not_yet.txt, where it stands for: "
        << listed->second;
  }
}

std::string TestName(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenTest);
INSTANTIATE_TEST_SUITE_P(Zoo, GoldenTest, testing::ValuesIn(AllCases()), TestName);

TEST(GoldenListTest, EveryLineNamesACase) {
  const std::vector<Case> cases = AllCases();
  if (cases.empty()) GTEST_SKIP() << Zoo() << " does not exist or holds no recorded models";
  for (const auto& listed : NotYet()) {
    const bool known = std::any_of(cases.begin(), cases.end(),
                                   [&](const Case& c) { return c.name == listed.first; });
    EXPECT_TRUE(known) << listed.first;
    EXPECT_FALSE(listed.second.empty()) << listed.first;
  }
}

}  // namespace
}  // namespace brink::verify

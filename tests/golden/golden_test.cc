// Every model of ../shared gives what LiteRT gives, within the tolerances of verify/judge.h. What
// cannot yet stands in verify/not_yet.txt with its reason; a case that stands there and passes is a
// failure, so that the list is always exact.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "brink/engine/plan.h"
#include "brink/ops/op_table.h"
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

// Among the entries of a list, "copy; strided copy".
bool Lists(std::string_view list, std::string_view entry, std::string_view separator) {
  while (true) {
    const size_t end = std::min(list.find(separator), list.size());
    if (list.substr(0, end) == entry) return true;
    if (end == list.size()) return false;
    list.remove_prefix(end + separator.size());
  }
}

// A step's kernel without what it does besides.
std::string BareKernel(std::string name) {
  for (const std::string_view besides : {" with widened filter", " + pool", " + pad"}) {
    const size_t at = name.find(besides);
    if (at != std::string::npos) name.erase(at, besides.size());
  }
  return name;
}

// Both of a step of two: "thin + pool, winograd6 in bands".
std::vector<std::string> BareKernels(const std::string& name) {
  constexpr std::string_view kBands = " in bands";
  if (!name.ends_with(kBands)) return {BareKernel(name)};
  const size_t comma = name.find(", ");
  return {BareKernel(name.substr(0, comma)),
          BareKernel(name.substr(comma + 2, name.size() - kBands.size() - comma - 2))};
}

TEST_P(GoldenTest, StepsRunOnKernelsThatTheirOperatorsTell) {
  const auto model = model::ReadModel(GetParam().model);
  ASSERT_TRUE(model) << model.error().message;
  const auto plan = engine::Plan::Build(*model);
  if (!plan) GTEST_SKIP() << plan.error().message;
  for (const engine::StepInfo& step : (*plan)->steps()) {
    const auto all = ops::AllOps();
    const auto op = std::find_if(all.begin(), all.end(),
                                 [&](const auto* known) { return known->name == step.op; });
    ASSERT_NE(op, all.end()) << step.op;
    for (const std::string& kernel : BareKernels(step.kernel)) {
      if (kernel == "chosen in each run") continue;
      EXPECT_TRUE(Lists((*op)->kernels, kernel, "; ")) << step.op << ": kernel '" << kernel << "'";
    }
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
  if (!std::filesystem::exists(Zoo())) GTEST_SKIP() << "no " << Zoo();
  const Result<std::vector<Case>> loaded = LoadCases(Zoo());
  ASSERT_TRUE(loaded) << loaded.error().message;
  const std::vector<Case>& cases = *loaded;
  EXPECT_FALSE(cases.empty()) << Zoo() << " has no recordings beside it";
  for (const auto& listed : NotYet()) {
    const bool known = std::any_of(cases.begin(), cases.end(),
                                   [&](const Case& c) { return c.name == listed.first; });
    EXPECT_TRUE(known) << listed.first;
    EXPECT_FALSE(listed.second.empty()) << listed.first;
  }
}

}  // namespace
}  // namespace brink::verify

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "brink/engine/plan.h"
#include "brink/engine/session.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;

// list[index] = row as TensorFlow's converter writes it, of a list [4, 2].
struct ListWrite {
  std::vector<int32_t> sizes = {2};  // behind the index
  std::vector<int32_t> begin = {0, 0};
  std::vector<int32_t> zeros = {0};
  std::vector<int32_t> rest = {-1, -1};
  int32_t step = 1;
  Shape row = {1, 2};
  int32_t axis = 0;

  std::shared_ptr<const Plan> Build() const {
    ModelBuilder b;
    const int list = b.Input("list", Type::kFloat32, {4, 2});
    const int item = b.Input("row", Type::kFloat32, row);
    const int index = b.Input("index", Type::kInt32, {});
    const auto integers = [&](const char* name, const std::vector<int32_t>& values) {
      return b.Constant<int32_t>(name, {static_cast<int64_t>(values.size())}, values);
    };
    const auto vector = [&](const std::string& name, int first,
                            const std::vector<int32_t>& others) {
      const int one = b.Op("RESHAPE", {first, integers("[1]", {1})},
                           {.name = name + "0", .type = Type::kInt32, .shape = {1}});
      return b.Op("CONCATENATION", {one, integers("others", others)},
                  {.name = name, .type = Type::kInt32, .shape = {2}}, Options{{0, int32_t{0}}});
    };
    const int next = b.Op("ADD", {index, b.Constant<int32_t>("step", {}, {step})},
                          {.name = "next", .type = Type::kInt32});
    const int before = b.Op("SLICE", {list, integers("begin", begin), vector("size", index, sizes)},
                            {.name = "before", .shape = {1, 2}});
    const int after =
        b.Op("SLICE", {list, vector("next begin", next, zeros), integers("rest", rest)},
             {.name = "after", .shape = {1, 2}});
    b.Output(b.Op("CONCATENATION", {before, item, after}, {.name = "written", .shape = {4, 2}},
                  Options{{0, axis}}));
    const auto plan = Plan::Build(model::ReadModel(b.Build(), "test").value(), {});
    EXPECT_TRUE(plan) << plan.error().message;
    return *plan;
  }
};

TEST(FuseRowsTest, WritesAnyRowAndNoOther) {
  const auto plan = ListWrite().Build();
  ASSERT_EQ(plan->steps().size(), 1U);
  EXPECT_EQ(plan->steps()[0].kernel, "row");
  EXPECT_EQ(plan->outputs()[0].shape, (Shape{4, 2}));
  EXPECT_FALSE(plan->outputs()[0].is_dynamic);
  auto session = Session::Create(plan).value();
  for (int32_t index = -1; index <= 4; ++index) {
    std::vector<float> wanted = {0, 1, 2, 3, 4, 5, 6, 7};
    std::ranges::copy(wanted, session->input(0).as<float>().begin());
    session->input(1).as<float>()[0] = 8;
    session->input(1).as<float>()[1] = 9;
    session->input(2).as<int32_t>()[0] = index;
    const Status ran = session->Run();
    EXPECT_EQ(ran.has_value(), index >= 0 && index < 4) << index;
    if (!ran) continue;
    std::ranges::copy(std::array{8.0F, 9.0F}, wanted.begin() + 2 * index);
    EXPECT_THAT(session->output(0).as<float>(), testing::ElementsAreArray(wanted));
  }
}

TEST(FuseRowsTest, SizesMayBeGivenOrLeftOpen) {
  EXPECT_EQ(ListWrite{.sizes = {-1}}.Build()->steps().size(), 1U);
  EXPECT_EQ((ListWrite{.rest = {-1, 2}}.Build()->steps().size()), 1U);
}

TEST(FuseRowsTest, OtherPartsStayApart) {
  EXPECT_GT(ListWrite{.sizes = {1}}.Build()->steps().size(), 1U);
  EXPECT_GT((ListWrite{.begin = {1, 0}}.Build()->steps().size()), 1U);
  EXPECT_GT(ListWrite{.zeros = {1}}.Build()->steps().size(), 1U);
  EXPECT_GT((ListWrite{.rest = {1, -1}}.Build()->steps().size()), 1U);
  EXPECT_GT((ListWrite{.rest = {-1, 1}}.Build()->steps().size()), 1U);
  EXPECT_GT(ListWrite{.step = 2}.Build()->steps().size(), 1U);
  EXPECT_GT((ListWrite{.row = {2, 2}}.Build()->steps().size()), 1U);
  EXPECT_GT(ListWrite{.axis = 1}.Build()->steps().size(), 1U);
}

}  // namespace
}  // namespace brink::engine

#include "brink/camera/stages/crop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::camera {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

TEST(Crop, IsAroundWhatMovedWithAMarginInsideOfThePicture) {
  const auto part = CropAround({.left = 600, .top = 300, .width = 200, .height = 100}, 1280, 720);
  ASSERT_TRUE(part.has_value());
  EXPECT_EQ(part->width, 400);
  EXPECT_EQ(part->height, 224);
  EXPECT_EQ(part->left, 500);
  EXPECT_EQ(part->top, 238);
  const auto corner = CropAround({.left = 1270, .top = 0, .width = 10, .height = 10}, 1280, 720);
  ASSERT_TRUE(corner.has_value());
  EXPECT_EQ(corner->width, 320) << "a quarter at least";
  EXPECT_EQ(corner->left, 960);
  EXPECT_EQ(corner->top, 0);
}

TEST(Crop, IsNotWorthItWhereMostMovesOrNothing) {
  EXPECT_FALSE(CropAround({}, 1280, 720));
  EXPECT_FALSE(CropAround({.left = 0, .top = 0, .width = 1000, .height = 10}, 1280, 720));
  EXPECT_FALSE(CropAround({.left = 0, .top = 0, .width = 1, .height = 1}, 1, 1));
}

TEST(Crop, BoxesAreOfThePictureAndWhatDidNotMoveStays) {
  const vision::Region part{.left = 50, .top = 0, .width = 50, .height = 50};
  const auto joined =
      JoinCropped({{.label = "new", .score = .7f, .box = {0, .5f, .5f, 1}}}, part, 100, 100,
                  {{.label = "stays", .score = .9f, .box = {0, 0, .4f, .4f}},
                   {.label = "gone", .score = .8f, .box = {.6f, .1f, .9f, .4f}}});
  ASSERT_EQ(joined.size(), 2u);
  EXPECT_EQ(joined[0].label, "stays");
  EXPECT_EQ(joined[1].label, "new");
  EXPECT_THAT(joined[1].box, ElementsAre(FloatNear(.5f, 1e-6f), FloatNear(.25f, 1e-6f),
                                         FloatNear(.75f, 1e-6f), FloatNear(.5f, 1e-6f)));
}

}  // namespace
}  // namespace brink::camera

#include "brink/camera/sources/y4m.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace brink::camera {
namespace {

using testing::HasSubstr;

struct Decoded {
  std::vector<vision::Pixels> frames;
  bool at_boundary = false;
  double fps = 0;
  std::string error;
};

// Gives the stream in pieces of at most `piece` bytes.
Decoded Decode(std::string_view stream, size_t piece) {
  Y4mDecoder decoder;
  Decoded decoded;
  vision::Pixels frame;
  while (!stream.empty()) {
    const auto room = decoder.Room(frame);
    const size_t count = std::min({room.size(), piece, stream.size()});
    std::memcpy(room.data(), stream.data(), count);
    stream.remove_prefix(count);
    const auto complete = decoder.Took(count, frame);
    if (!complete) {
      decoded.error = complete.error().message;
      return decoded;
    }
    if (*complete) decoded.frames.push_back(frame);
  }
  decoded.at_boundary = decoder.at_boundary();
  decoded.fps = decoder.fps();
  return decoded;
}

TEST(Y4m, GivesTheFramesHoweverTheStreamIsCut) {
  const std::string stream =
      "YUV4MPEG2 W3 H2 F25:1 Ip A1:1 C420jpeg XYSCSS=420JPEG XCOLORRANGE=FULL\n"
      "FRAME\nABCDEFuuvvFRAME Ip\nGHIJKLxxyy";
  for (const size_t piece : {1, 3, 1000}) {
    const Decoded decoded = Decode(stream, piece);
    ASSERT_EQ(decoded.error, "");
    ASSERT_EQ(decoded.frames.size(), 2u);
    const vision::Pixels& second = decoded.frames[1];
    EXPECT_EQ(second.width, 3);
    EXPECT_EQ(second.height, 2);
    EXPECT_TRUE(second.meaning.full_range);
    EXPECT_EQ(second.view().At(0, 2, 1), 'L');
    EXPECT_EQ(second.view().At(2, 2, 1), 'y');
    EXPECT_TRUE(decoded.at_boundary);
    EXPECT_FALSE(Decode(std::string_view(stream).substr(0, stream.size() - 1), piece).at_boundary);
  }
}

TEST(Y4m, SaysHowManyFramesASecondThereAre) {
  const auto fps = [](const std::string& word) {
    return Decode("YUV4MPEG2 W1 H1" + word + "\n", 100).fps;
  };
  EXPECT_EQ(fps(" F25:1"), 25);
  EXPECT_NEAR(fps(" F30000:1001"), 29.97, .01);
  for (const char* none : {"", " F", " F25", " F:", " F25:0", " F-1:1", " F1:x"}) {
    EXPECT_EQ(fps(none), 0) << none;
  }
}

TEST(Y4m, WhatIsNoSuchStreamIsSaid) {
  EXPECT_THAT(Decode("RIFF....AVI \n", 5).error, HasSubstr("begins with YUV4MPEG2"));
  EXPECT_THAT(Decode(std::string(1000, 'x'), 5).error, HasSubstr("a line without end"));
  EXPECT_THAT(Decode("YUV4MPEG2 W2 H2 C444\n", 5).error, HasSubstr("4:2:0 and 8 bits, got C444"));
  EXPECT_THAT(Decode("YUV4MPEG2 W2 H2 C420p10\n", 5).error, HasSubstr("got C420p10"));
  EXPECT_THAT(Decode("YUV4MPEG2 W2 H-2\n", 5).error, HasSubstr("no pixels: 2x0"));
  EXPECT_THAT(Decode("YUV4MPEG2 W200000 H200000\n", 5).error, HasSubstr("the limit is"));
  EXPECT_THAT(Decode("YUV4MPEG2 W1 H1\nFRAME\nabcFRAMO", 5).error, HasSubstr("expected FRAME"));
}

}  // namespace
}  // namespace brink::camera

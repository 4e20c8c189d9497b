#include "brink/camera/sources/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace brink::camera {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Parts(const std::string& boundary, std::string_view body, size_t piece) {
  MultipartDecoder decoder(boundary);
  std::vector<std::string> parts;
  while (!body.empty()) {
    const std::string_view part = body.substr(0, piece);
    body.remove_prefix(part.size());
    EXPECT_TRUE(decoder.Feed(part).has_value());
    for (auto next = decoder.Next(); next && *next; next = decoder.Next()) {
      parts.push_back(**next);
    }
  }
  return parts;
}

TEST(Multipart, BoundariesAreReadAsServersWriteThem) {
  EXPECT_EQ(MultipartBoundary("multipart/x-mixed-replace;boundary=frame"), "frame");
  EXPECT_EQ(MultipartBoundary("Multipart/X-Mixed-Replace; a=b; Boundary=\"a b\"; x"), "a b");
  EXPECT_EQ(MultipartBoundary("multipart/x-mixed-replace; boundary=--x ; y=z"), "--x");
  EXPECT_EQ(MultipartBoundary("multipart/x-mixed-replace"), std::nullopt);
  EXPECT_EQ(MultipartBoundary("image/jpeg"), std::nullopt);
  EXPECT_EQ(MultipartBoundary("multipart/mixed; boundary="), std::nullopt);
}

TEST(Multipart, PartsComeOutHoweverTheStreamIsCut) {
  const std::string with_lengths =
      "\r\n--f\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nab--f\r\n"
      "--f\r\ncontent-length:3\r\n\r\nxyz\r\n--f--\r\n";
  const std::string without = "--f\nA: b\n\nab-\r\n-f\r\n--f\r\n\r\nxyz\r\n--f\r\n";
  for (const size_t piece : {1, 2, 7, 1000}) {
    EXPECT_THAT(Parts("f", with_lengths, piece), ElementsAre("ab--f", "xyz")) << piece;
    EXPECT_THAT(Parts("--f", without, piece), ElementsAre("ab-\r\n-f", "xyz")) << piece;
  }
}

TEST(Multipart, WhatHasNoEndIsRefused) {
  MultipartDecoder headers("f");
  ASSERT_TRUE(headers.Feed("--f\r\n" + std::string(20'000, 'x')).has_value());
  EXPECT_THAT(headers.Next().error().message, HasSubstr("have no end"));
  MultipartDecoder boundary("f");
  ASSERT_TRUE(boundary.Feed("x\r\n--f" + std::string(20'000, ' ')).has_value());
  EXPECT_THAT(boundary.Next().error().message, HasSubstr("has no end"));
  MultipartDecoder length("f");
  ASSERT_TRUE(length.Feed("--f\r\nContent-Length: 99999999999\r\n\r\n").has_value());
  EXPECT_THAT(length.Next().error().message, HasSubstr("the limit is"));
  MultipartDecoder beyond("f");
  ASSERT_TRUE(beyond.Feed("--f\r\nContent-Length: 99999999999999999999\r\n\r\n").has_value());
  EXPECT_THAT(beyond.Next().error().message, HasSubstr("the limit is"));
  MultipartDecoder body("f");
  ASSERT_TRUE(body.Feed("--f\r\n\r\n").has_value());
  Status status;
  for (int k = 0; k < 40 && status; ++k) {
    status = body.Feed(std::string(size_t{1} << 20, 'x'));
    EXPECT_FALSE(body.Next().value().has_value());
  }
  EXPECT_EQ(status.error().code, Code::kResourceExhausted);
}

TEST(Multipart, NoiseBeforeTheFirstBoundaryIsForgotten) {
  MultipartDecoder decoder("f");
  for (int k = 0; k < 100; ++k) {
    ASSERT_TRUE(decoder.Feed(std::string(size_t{1} << 20, 'x')).has_value());
    EXPECT_FALSE(decoder.Next().value().has_value());
  }
  ASSERT_TRUE(decoder.Feed("--f\r\n\r\nab\r\n--f").has_value());
  EXPECT_EQ(decoder.Next().value(), "ab");
}

}  // namespace
}  // namespace brink::camera

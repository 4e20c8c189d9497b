#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/ops/fingerprint64.h"
#include "brink/ops/op_call_testing.h"

namespace brink::ops {
namespace {

using model::Options;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

TEST(Fingerprint64Test, IsFarmHashsOfEveryLength) {
  const std::string half =
      "brink reads .tflite files and serves them at the edge, in C++; this text is one hundred and "
      "sixty bytes long so that all forms of the hash are seen: short to long.";
  const std::string text = half + half;
  // What the package pyfarmhash gives for the first bytes.
  const std::pair<size_t, uint64_t> known[] = {
      {0, 0x9AE16A3B2F90404F},   {1, 0xA3B260215EC8F116},   {3, 0x7A07447D4FDEA0AF},
      {4, 0x44A0F376EC981D66},   {7, 0x25FB5738ACE22D72},   {8, 0xB57EBEFA51CD0E6F},
      {16, 0x825B0865D49F6D7B},  {17, 0x548778AA869FF009},  {32, 0xE0B41253B305C299},
      {33, 0x92698FEB88D8E2D7},  {64, 0x3D2652013C53828F},  {65, 0xF8371565AD64A750},
      {127, 0x4B8435557D2846B1}, {128, 0x1F5EFBD76C6F3CC3}, {129, 0x435F70C3A8EE7803},
      {200, 0xC4C7069DA3A611AB}};
  for (const auto& [size, fingerprint] : known) {
    EXPECT_EQ(Fingerprint64(std::as_bytes(std::span(text).first(size))), fingerprint) << size;
  }
}

OpCall Projection(int8_t type) {
  OpCall call("LSH_PROJECTION", Options{{0, type}});
  call.Constant<float>({3, 2}, {0.123F, 0.456F, -0.321F, 1.234F, 5.678F, -4.321F});
  call.In<int32_t>({3, 2}, {12345, 54321, 67890, 9876, -12345678, -87654321});
  call.In<float>({3}, {0.12F, -0.9F, 0.3F}).Out(Type::kInt32);
  return call;
}

// What LiteRT 2.3.0 gives for these inputs.
TEST(LshProjectionTest, GivesBitsOrNumbers) {
  EXPECT_THAT(Projection(2).Get<int32_t>(), ElementsAreArray({1, 1, 0, 1, 1, 1}));
  EXPECT_THAT(Projection(1).Get<int32_t>(), ElementsAreArray({0 + 3, 4 + 1, 8 + 3}));
}

TEST(LshProjectionTest, WhatDoesNotFitIsRefused) {
  EXPECT_THAT(Projection(0).Error(), HasSubstr("type 0"));
  OpCall weights("LSH_PROJECTION", Options{{0, int8_t{2}}});
  weights.Constant<float>({1, 1}, {1}).In<int32_t>({2}, {1, 2}).In<float>({1}, {1});
  EXPECT_THAT(weights.Out(Type::kInt32).Error(), HasSubstr("wanted 2 weights"));
}

}  // namespace
}  // namespace brink::ops

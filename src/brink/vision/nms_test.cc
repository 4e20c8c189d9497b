#include "brink/vision/nms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace brink::vision {
namespace {

std::vector<Candidate> RandomCandidates(int count, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> place(0, 1);
  std::vector<Candidate> candidates;
  for (int k = 0; k < count; ++k) {
    const float x = place(random);
    const float y = place(random);
    candidates.push_back({.box = {x, y, x + place(random) / 3, y + place(random) / 3},
                          .score = std::round(place(random) * 20) / 20,  // many equal ones
                          .index = k});
  }
  return candidates;
}

TEST(Nms, IntersectionOverUnionOfKnownBoxes) {
  EXPECT_FLOAT_EQ(IntersectionOverUnion({0, 0, 2, 2}, {1, 1, 3, 3}), 1.f / 7);
  EXPECT_EQ(IntersectionOverUnion({0, 0, 1, 1}, {0, 0, 1, 1}), 1);
  EXPECT_EQ(IntersectionOverUnion({0, 0, 1, 1}, {1, 0, 2, 1}), 0);
  EXPECT_EQ(IntersectionOverUnion({0, 0, 1, 1}, {5, 5, 6, 6}), 0);
  EXPECT_EQ(IntersectionOverUnion({0, 0, 0, 0}, {0, 0, 0, 0}), 0);
  EXPECT_EQ(IntersectionOverUnion({1, 1, 0, 0}, {0, 0, 1, 1}), 0);
}

TEST(Nms, TheBestOfOverlappingBoxesStaysWhateverTheirLabels) {
  const auto kept = SuppressOverlaps({{.box = {0, 0, 1, 1}, .score = .6f, .index = 0, .label = 0},
                                      {.box = {0, 0, 1, .9f}, .score = .9f, .index = 1, .label = 1},
                                      {.box = {2, 2, 3, 3}, .score = .7f, .index = 2, .label = 0}},
                                     {});
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].index, 1);
  EXPECT_EQ(kept[1].index, 2);
}

TEST(Nms, ByClassOnlyBoxesOfOneLabelCompete) {
  const std::vector<Candidate> same = {{.box = {0, 0, 1, 1}, .score = .6f, .index = 0, .label = 0},
                                       {.box = {0, 0, 1, 1}, .score = .9f, .index = 1, .label = 1},
                                       {.box = {0, 0, 1, 1}, .score = .7f, .index = 2, .label = 0}};
  const auto kept = SuppressOverlaps(same, {.by_class = true});
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].index, 1);
  EXPECT_EQ(kept[1].index, 2);
}

TEST(Nms, WhatIsNotFiniteGoes) {
  EXPECT_TRUE(
      SuppressOverlaps(
          {{.box = {0, 0, INFINITY, 1}, .score = 1}, {.box = {0, 0, 1, 1}, .score = NAN}}, {})
          .empty());
}

TEST(Nms, KeptBoxesDoNotOverlapAndEveryOtherOneOverlapsABetter) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    const auto all = RandomCandidates(1 + static_cast<int>(seed) * 5, seed);
    const NmsOptions options{.iou_threshold = .1f + .01f * static_cast<float>(seed)};
    const auto kept = SuppressOverlaps(all, options);
    const auto better = [](const Candidate& a, const Candidate& b) {
      return a.score > b.score || (a.score == b.score && a.index < b.index);
    };
    EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end(), better));
    for (const Candidate& one : all) {
      bool stays = false;
      bool beaten = false;
      for (const Candidate& other : kept) {
        if (other.index == one.index) stays = true;
        if (better(other, one) && IntersectionOverUnion(other.box, one.box) > options.iou_threshold)
          beaten = true;
      }
      EXPECT_NE(stays, beaten);
    }
  }
}

TEST(Nms, TheOrderOfTheCandidatesDoesNotMatter) {
  auto candidates = RandomCandidates(200, 1);
  const auto first = SuppressOverlaps(candidates, {});
  std::shuffle(candidates.begin(), candidates.end(), std::mt19937(2));
  const auto second = SuppressOverlaps(candidates, {});
  ASSERT_EQ(first.size(), second.size());
  for (size_t k = 0; k < first.size(); ++k) EXPECT_EQ(first[k].index, second[k].index);
}

TEST(Nms, LooksOnlyAtTheBestOfVeryMany) {
  std::vector<Candidate> apart;
  for (int k = 0; k < 5000; ++k) {
    const auto x = static_cast<float>(k);
    apart.push_back({.box = {x, 0, x + .5f, 1}, .score = x, .index = k});
  }
  const auto kept = SuppressOverlaps(apart, {});
  ASSERT_EQ(kept.size(), 1000u);
  EXPECT_EQ(kept.front().index, 4999);
  EXPECT_EQ(kept.back().index, 4000);
}

}  // namespace
}  // namespace brink::vision

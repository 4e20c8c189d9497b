// Non-maximum suppression: of boxes that overlap the best stays.
#pragma once

#include <array>
#include <vector>

namespace brink::vision {

using Box = std::array<float, 4>;  // xmin, ymin, xmax, ymax

struct Candidate {
  Box box{};
  float score = 0;
  int index = 0;  // the anchor's: decides between equal scores, so that the answer does not depend
                  // on the sort
  int label = 0;
};

// Area of the intersection over that of the union; 0 where one has no area.
float IntersectionOverUnion(const Box& a, const Box& b);

struct NmsOptions {
  float iou_threshold = .4f;
  bool by_class = false;  // only boxes of one label compete; else all do
  int max_candidates =
      1000;  // of more only the best are looked at: work stays bounded whatever a model answers
};

// The candidates that stay, best score first: each in turn, unless it overlaps one that stays (of
// its label, where `by_class`) by more than the threshold. Candidates whose score or box is not
// finite go.
std::vector<Candidate> SuppressOverlaps(std::vector<Candidate> candidates,
                                        const NmsOptions& options);

}  // namespace brink::vision

// Which tensors share memory by design: a reshape's output is its input, parts of a concatenation
// lie in it, an elementwise result may replace its operand. Everything else is left to the memory
// planner.
#pragma once

#include <cstdint>
#include <vector>

#include "brink/engine/work_graph.h"

namespace brink::engine {

// Where a value lies: `offset` bytes into the value `root`, which lies in nothing else.
struct Place {
  int root = 0;
  int64_t offset = 0;
};

// The steps between which a root's memory is in use, whatever lies in it; a step is a node's
// position in the graph. Inputs are in use from step -1, outputs to step nodes.size(). last <
// first: never.
struct Lifetime {
  int first = 0;
  int last = -1;
};

struct Placements {
  std::vector<Place> places;        // one a value
  std::vector<Lifetime> lifetimes;  // one a value, meaningful for roots
};

// Whether a session keeps the value in its arena; else it is a constant, state, strings, or of a
// shape that each run finds.
bool LiesInArena(const ops::Value& value);

// The graph's nodes are prepared.
Placements PlaceValues(const WorkGraph& graph);

// Whether the node has nothing to do because all that it would copy is in place.
bool IsInPlace(const WorkNode& node, const Placements& placements);

// Whether the first output of a step's node may lie over its first input, which nothing needs
// afterwards, as Prepared::lead says; both begin where their roots do.
bool MayLieOverInput(const WorkGraph& graph, const Placements& placements, int step);

}  // namespace brink::engine

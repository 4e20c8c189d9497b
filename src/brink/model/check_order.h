// Whether a graph's operators can run in the order in which they stand. Internal to model/.
#pragma once

#include "brink/base/result.h"
#include "brink/model/graph.h"

namespace brink::model {

// Every input of an operator is a graph input, a constant, a variable, or made by an earlier
// operator; every tensor is made at most once; every graph output is ready in the end. So cycles
// and forward references are refused. A tensor of no elements that nothing makes is a constant, and
// marked so. Indices are in range.
Status CheckOrder(Graph& graph);

}  // namespace brink::model

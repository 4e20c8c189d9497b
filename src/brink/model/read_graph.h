// One subgraph of a .tflite file: its tensors, operators, inputs and outputs, every index checked.
// Internal to model/.
#pragma once

#include "brink/base/result.h"
#include "brink/model/graph.h"

namespace brink::model {

class WireFile;
namespace wire {
struct SubGraph;
}

// The order of the nodes is not checked here (check_order.h).
Result<Graph> ReadGraph(WireFile& file, const wire::SubGraph& wire);

// "tensor index 900, the graph has 118"
Status CheckTensorIndex(int64_t index, const Graph& graph);

}  // namespace brink::model

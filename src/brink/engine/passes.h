// What happens to a graph before it is laid out in memory. Each pass keeps what the requested
// outputs compute.
#pragma once

#include "brink/base/result.h"
#include "brink/engine/work_graph.h"

namespace brink::engine {

// Removes the nodes whose results no requested output depends on; those that set variables stay.
void DropUnneeded(WorkGraph& graph);

// Looks every node's operator up; fails with kUnimplemented naming all that brink lacks, each with
// its nodes.
Status FindOperators(WorkGraph& graph);

// Lets a float32 operator with a fused-activation option apply the RELU, RELU6 or RELU_N1_TO_1 that
// alone reads its output.
void FuseActivations(WorkGraph& graph);

// Checks every node, finds the shapes of all values, and computes what depends on constants alone
// (so DEQUANTIZE of float16 weights happens once); nodes that are computed are removed. Where the
// shape of an output depends on what only a run knows, the node and those that read its outputs are
// deferred: each run prepares them.
Status PrepareNodes(WorkGraph& graph, NestedPlanner& planner, PlanBudget& budget);

// Writes a row of a list where TensorFlow's converter joins what is before it, the row and what is
// behind it, each of a size that only a run knows: the shape of what comes of it is the list's, so
// that what reads it need not wait for a run. A row that the list does not have is an error of the
// run. The graph's nodes are prepared.
void FuseRows(WorkGraph& graph);

// Lets the convolutions behind a PAD or PADV2 that surrounds rows and columns with zeros read its
// input instead; where nothing else reads its output, DropUnneeded then removes it. The graph's
// nodes are prepared.
void FusePads(WorkGraph& graph);

// Lets an 8-bit QUANTIZE look up what float32 functions of one number make of a DEQUANTIZE's byte,
// as converters leave operators that have no form for bytes; what nothing else reads DropUnneeded
// then removes. The graph's nodes are prepared.
void FuseTables(WorkGraph& graph);

// Lets the operator that alone feeds a float32 MAX_POOL_2D of 2x2 windows and stride 2 pool its
// output as it stores it, where its kernel can. The graph's nodes are prepared.
void FusePools(WorkGraph& graph);

// Takes kernels whose packed weights need less memory where those that were chosen, the fastest,
// would need more than a model of its size should. The graph's nodes are prepared.
void LimitWeights(WorkGraph& graph);

// Lets an 8-bit LOGISTIC, TANH or HARD_SWISH whose output is multiplied with its input alone look
// the product up: it is a function of that byte too. A float32 LOGISTIC computes it. The graph's
// nodes are prepared.
void FuseGates(WorkGraph& graph);

// Lets two float32 convolutions, of which the second alone reads what the first makes, go together
// over bands of rows where an arena is largest, so that what is between them never exists as a
// whole. Their node can be prepared by no operator: no other pass comes after it. The graph's nodes
// are prepared.
void FuseBands(WorkGraph& graph);

}  // namespace brink::engine

// Nodes that make each element of their output of one byte alone are tables of 256 results.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "brink/engine/work_graph.h"

namespace brink::engine {

// All bytes in order, as numbers without a sign.
std::array<std::byte, 256> AllBytes();

// The elements that an elementwise node with one output makes of `inputs`, which have 256 elements
// each but for constants, of which there is one that goes for all. None where the node is not as
// simple as that: it wants memory besides, or refuses the shape.
std::optional<std::vector<std::byte>> ResultsOf(const WorkGraph& graph, const WorkNode& node,
                                                std::span<const std::byte* const> inputs);

// The step that looks up the results for each byte of `count`.
ops::Run LookUp(std::span<const std::byte> results, int64_t count);

}  // namespace brink::engine

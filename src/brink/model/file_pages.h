// The memory that a model's file takes in this process.
#pragma once

#include "brink/model/graph.h"

namespace brink::model {

// Gives back the pages of the mapped file that were read so far: once a plan has packed the weights
// it has no use for most of them, and what is read again comes from the file as it did before. Does
// nothing for a model that was read from memory.
void ReleaseFilePages(const Model& model);

}  // namespace brink::model

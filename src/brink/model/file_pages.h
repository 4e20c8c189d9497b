// The bytes of a model's file, their digest, and the memory that they take in this process.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "brink/base/known_files.h"
#include "brink/model/graph.h"

namespace brink::model {

// The whole file, with what lies behind its flatbuffer. They live as long as the model does; none
// for a model that was not read from bytes.
std::span<const std::byte> FileBytes(const Model& model);

// SHA-256 of the whole file, hex: what `known` has of it, or computed, which reads all of it, and
// remembered there. Empty for a model that was not read from bytes.
std::string Sha256Of(const Model& model, const KnownFiles& known = KnownFiles());

// Gives back the pages of the mapped file that were read so far: once a plan has packed the weights
// it has no use for most of them, and what is read again comes from the file as it did before. Does
// nothing for a model that was read from memory.
void ReleaseFilePages(const Model& model);
// The same of `read`, where that lies in the file; nothing where it lies elsewhere.
void ReleaseFilePages(const Model& model, std::span<const std::byte> read);

}  // namespace brink::model

// What is remembered of a model's file for the processes that read it next. Internal to model/.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "brink/base/known_files.h"
#include "brink/model/wire_file.h"

namespace brink::model {

struct KnownModel {
  std::string sha256;               // hex; empty: nothing is known
  std::vector<BufferPlace> places;  // of every buffer; empty: not known
};

// What `known` has of the file.
KnownModel FindModel(const KnownFiles& known, const FileIdentity& identity);
void Remember(const KnownModel& model, const FileIdentity& identity, const KnownFiles& known);

// Of every buffer of the model in `bytes`; none where it, or a buffer, is damaged.
std::vector<BufferPlace> PlacesOf(std::span<const std::byte> bytes);

}  // namespace brink::model

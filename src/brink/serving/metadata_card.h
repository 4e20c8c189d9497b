// A card from what a model's file says of itself (model/metadata.h): how its picture goes in, and,
// for the forms that a decoder knows, what its outputs mean. Read when a model is opened; one
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "brink/base/result.h"
#include "brink/engine/plan.h"
#include "brink/model/graph.h"
#include "brink/vision/card.h"

namespace brink::serving {

inline constexpr const char* kMetadataSource = "metadata";  // of a card that FindModelCard makes

// The card that the model's metadata describes, under the metadata's name or else `name`; nothing
// where the model has no metadata. An output [1, classes] with axis labels is a classifier's, the
// four outputs of TFLite_Detection_PostProcess are a detector's; with other outputs the card has no
// decoder. kFailedPrecondition says why the metadata makes no card; errors of reading it are passed
// on.
Result<std::optional<vision::Card>> MetadataCard(const model::Model& model,
                                                 const std::string& name);

struct ModelCard {
  std::optional<vision::FoundCard> card;
  std::string unfit;  // why the model's metadata makes no card; empty: nobody asked it, or it does
};

// The card that vision::FindCard finds for the model file at `path`, which has that SHA-256 (hex),
// else the one of its metadata. FindCard's errors; metadata that makes no card is none.
Result<ModelCard> FindModelCard(const std::string& path, const model::Model& model,
                                std::string_view sha256, const std::string& card_path);

// Takes away a card of the metadata's that does not fit the plan, and returns why (empty: it
// stays). A card that somebody wrote always stays: that it does not fit is an error where it is
// used.
std::string DropUnfitMetadataCard(std::optional<vision::FoundCard>& card, const engine::Plan& plan);

}  // namespace brink::serving

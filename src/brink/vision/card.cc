#include "brink/vision/card.h"

#include <algorithm>
#include <filesystem>

#include "brink/base/file.h"
#include "brink/vision/builtin_cards.h"
#include "brink/vision/read_outputs.h"

namespace brink::vision {
namespace {

constexpr size_t kMaxCardBytes = size_t{1} << 20;
constexpr std::string_view kCardSuffix = ".card.yaml";

std::string NameOfCardFile(std::string_view file) {
  if (file.ends_with(kCardSuffix)) file.remove_suffix(kCardSuffix.size());
  return std::string(file);
}

// "models/digits.tflite" -> "models/digits.card.yaml"
std::string CardPathBeside(const std::string& model_path) {
  const std::filesystem::path path(model_path);
  return (path.parent_path() / path.stem()).string() + std::string(kCardSuffix);
}

Status CheckModel(const FoundCard& found, std::string_view model_sha256) {
  const auto& wanted = found.card.sha256;
  if (wanted.empty() || std::find(wanted.begin(), wanted.end(), model_sha256) != wanted.end()) {
    return {};
  }
  return Fail(Code::kFailedPrecondition,
              found.source + ": the card is for the model file with SHA-256 " + wanted.front() +
                  (wanted.size() > 1 ? " and others" : "") + ", this one has " +
                  std::string(model_sha256));
}

}  // namespace

Result<Card> ReadCard(const std::string& path) {
  BRINK_ASSIGN(const std::string text, ReadTextFile(path, kMaxCardBytes));
  const std::filesystem::path file(path);
  const std::string directory = file.has_parent_path() ? file.parent_path().string() : ".";
  auto card = ParseCard(text, NameOfCardFile(file.filename().string()), directory);
  if (!card) return Fail(card.error().Within(path));
  return card;
}

std::optional<Card> BuiltinCard(std::string_view model_sha256) {
  for (const CardText& text : BuiltinCardTexts()) {
    auto card = ParseCard(text.yaml, NameOfCardFile(text.file));
    if (!card) continue;  // cannot be: card_test parses every one
    const auto& known = card->sha256;
    if (std::find(known.begin(), known.end(), model_sha256) != known.end()) return *card;
  }
  return std::nullopt;
}

Result<std::optional<FoundCard>> FindCard(const std::string& model_path,
                                          std::string_view model_sha256,
                                          const std::string& card_path) {
  std::string path = card_path;
  if (path.empty()) {
    const std::string beside = CardPathBeside(model_path);
    std::error_code ignored;
    if (std::filesystem::exists(beside, ignored)) path = beside;
  }
  if (path.empty()) {
    auto builtin = BuiltinCard(model_sha256);
    if (!builtin) return std::optional<FoundCard>();
    return FoundCard{std::move(*builtin), "built in"};
  }
  BRINK_ASSIGN(Card card, ReadCard(path));
  FoundCard found{std::move(card), path};
  BRINK_TRY(CheckModel(found, model_sha256));
  return found;
}

std::vector<std::string> DecoderOutputs(const Card& card) {
  std::vector<std::string> names;
  for (const WantedOutput& wanted : WantedOutputs(card.decoder)) {
    if (!wanted.tensor.empty()) names.push_back(wanted.tensor);
  }
  return names;
}

}  // namespace brink::vision

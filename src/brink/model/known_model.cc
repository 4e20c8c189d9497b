#include "brink/model/known_model.h"

#include <cstdint>
#include <cstring>

namespace brink::model {
namespace {

constexpr size_t kSha256Digits = 64;

}  // namespace

// A fact is the digest, then the places as the machine has them in memory.
void Remember(const KnownModel& model, const FileIdentity& identity, const KnownFiles& known) {
  const auto places = std::as_bytes(std::span(model.places));
  known.Remember(identity, model.sha256 + std::string(reinterpret_cast<const char*>(places.data()),
                                                      places.size()));
}

KnownModel FindModel(const KnownFiles& known, const FileIdentity& identity) {
  const std::string fact = known.Find(identity).value_or("");
  if (fact.size() < kSha256Digits) return {};
  KnownModel found{.sha256 = fact.substr(0, kSha256Digits), .places = {}};
  const auto places = std::as_bytes(std::span(fact)).subspan(kSha256Digits);
  found.places.resize(places.size() / sizeof(BufferPlace));
  if (!found.places.empty())
    std::memcpy(found.places.data(), places.data(), found.places.size() * sizeof(BufferPlace));
  return found;
}

std::vector<BufferPlace> PlacesOf(std::span<const std::byte> bytes) {
  std::vector<BufferPlace> places;
  const auto file = WireFile::Open(bytes);
  for (uint32_t i = 0; file && i < file->buffer_count(); ++i) {
    const auto data = file->BufferBytes(i);
    if (!data) return {};
    const auto offset = data->empty() ? 0 : data->data() - bytes.data();
    places.push_back({static_cast<uint64_t>(offset), data->size()});
  }
  return places;
}

}  // namespace brink::model

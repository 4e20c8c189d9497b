#include "brink/base/build_id.h"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace brink {
namespace {

std::string Hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

using namespace std::string_view_literals;
constexpr std::string_view kOwner = "GNU\0"sv;

constexpr size_t Padded(size_t bytes) { return (bytes + 3) & ~size_t{3}; }

// A note is its header, its owner's name and its content, each padded to 4 bytes.
std::string FindIn(std::string_view notes) {
  ElfW(Nhdr) note{};
  while (notes.size() >= sizeof(note)) {
    std::memcpy(&note, notes.data(), sizeof(note));
    const size_t content = sizeof(note) + Padded(note.n_namesz);
    if (content + note.n_descsz > notes.size()) break;
    const std::string_view owner = notes.substr(sizeof(note), note.n_namesz);
    if (note.n_type == NT_GNU_BUILD_ID && owner == kOwner) {
      return Hex(notes.substr(content, note.n_descsz));
    }
    notes.remove_prefix(std::min(notes.size(), content + Padded(note.n_descsz)));
  }
  return "";
}

// Called for the program first, then, where it returns 0, for its libraries.
int ReadProgram(dl_phdr_info* program, size_t /*size*/, void* found) {
  for (int i = 0; i < program->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = program->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as numbers
    const auto* notes = reinterpret_cast<const char*>(program->dlpi_addr + segment.p_vaddr);
    std::string id = FindIn({notes, segment.p_memsz});
    if (id.empty()) continue;
    *static_cast<std::string*>(found) = std::move(id);
    break;
  }
  return 1;
}

}  // namespace

const std::string& BuildId() {
  static const std::string id = [] {
    std::string found;
    dl_iterate_phdr(ReadProgram, &found);
    return found;
  }();
  return id;
}

}  // namespace brink

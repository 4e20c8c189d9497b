// The ZIP archive that may stand behind a .tflite file's flatbuffer, as TFLite's metadata tools
// append it. Only what they write is read: stored and deflated files, in one part, without
// encryption. Source: PKWARE's APPNOTE.TXT 6.3, sections 4.3 to 4.5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "brink/base/result.h"

namespace brink::model {

inline constexpr size_t kMostZipEntries = 64;

// One file of an archive, as the archive's directory tells of it; nothing of it is checked yet.
struct ZipEntry {
  std::string name;
  uint64_t bytes = 0;         // of its content
  uint64_t packed_bytes = 0;  // in the archive
  uint64_t offset = 0;        // where its header lies in the file that ends with the archive
  uint32_t crc = 0;
  uint16_t method = 0;  // 0 stored, 8 deflated
};

// The entries of the archive that `file` ends with, in the archive's order; none when it ends with
// none. kDataLoss for a directory that reaches outside, kResourceExhausted for more than
// kMostZipEntries, kUnimplemented for ZIP64 and archives in parts.
Result<std::vector<ZipEntry>> ListZip(std::span<const std::byte> file);

// An entry's content, checked against its sum. kResourceExhausted, before any memory is taken, when
// it says that it is longer than `limit_bytes`; kDataLoss when it is not what it says;
// kUnimplemented for other methods than the two and for encryption.
Result<std::string> ReadZipEntry(std::span<const std::byte> file, const ZipEntry& entry,
                                 size_t limit_bytes);

// A file to be put into an archive.
struct ZipContent {
  std::string name;
  std::string content;
  bool deflated = false;
};

// `file` with an archive of these behind it. Offsets count from the start of `file`, as TFLite's
// tools write them. For tests and tools: nothing is checked.
std::vector<std::byte> AppendZip(std::vector<std::byte> file, std::span<const ZipContent> contents);

}  // namespace brink::model

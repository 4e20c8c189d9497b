#include "brink/model/zip.h"

#include <zlib.h>

#include <algorithm>
#include <optional>

#include "brink/model/printable.h"

namespace brink::model {
namespace {

using Bytes = std::span<const std::byte>;

constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kDirectorySignature = 0x02014b50;
constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr size_t kEndBytes = 22;        // and a comment
constexpr size_t kDirectoryBytes = 46;  // and a name, extra fields, a comment
constexpr size_t kLocalBytes = 30;      // and a name, extra fields
constexpr size_t kLongestComment = 0xffff;
constexpr uint16_t kIsZip64 = 0xffff;  // in a count
constexpr uint32_t kIsZip64Size = 0xffffffff;
constexpr uint16_t kStored = 0;
constexpr uint16_t kDeflated = 8;
constexpr uint16_t kEncrypted = 1;                // a flag
constexpr size_t kMostContent = size_t{1} << 30;  // zlib counts in 32 bits

// A little-endian number; the caller has checked that it lies within.
template <class T>
T NumberAt(Bytes bytes, size_t at) {
  T number = 0;
  for (size_t k = 0; k < sizeof(T); ++k) {
    number = static_cast<T>(number | static_cast<T>(bytes[at + k]) << (8 * k));
  }
  return number;
}
constexpr auto U16 = NumberAt<uint16_t>;
constexpr auto U32 = NumberAt<uint32_t>;

unexpected<Error> Broken(const std::string& what) {
  return Fail(Code::kDataLoss, "the archive behind the model is broken: " + what);
}

// Where the record lies that ends the archive: the last one whose comment reaches to the file's
// end.
std::optional<size_t> FindEnd(Bytes file) {
  if (file.size() < kEndBytes) return std::nullopt;
  const size_t last = file.size() - kEndBytes;
  for (size_t back = 0; back <= std::min(last, kLongestComment); ++back) {
    const size_t at = last - back;
    if (U32(file, at) == kEndSignature && U16(file, at + 20) == back) return at;
  }
  return std::nullopt;
}

struct Directory {
  Bytes bytes;
  size_t count = 0;
  size_t base = 0;  // what the archive's offsets count from
};

Result<Directory> FindDirectory(Bytes file, size_t end) {
  const Bytes record = file.subspan(end);
  const uint16_t count = U16(record, 10);
  const uint32_t size = U32(record, 12);
  const uint32_t offset = U32(record, 16);
  if (U16(record, 4) != 0 || U16(record, 6) != 0 || count == kIsZip64 || offset == kIsZip64Size) {
    return Fail(Code::kUnimplemented,
                "the archive behind the model is a ZIP64 or one of several parts");
  }
  if (count > kMostZipEntries) {
    return Fail(Code::kResourceExhausted, "the archive behind the model has " +
                                              std::to_string(count) + " files, at most " +
                                              std::to_string(kMostZipEntries) + " are read");
  }
  if (uint64_t{size} + offset > end) return Broken("its directory reaches outside the file");
  // An archive that was made apart and then appended counts from its own start.
  const size_t start = end - size;
  return Directory{file.subspan(start, size), count, start - offset};
}

// Takes the first entry off `rest`.
Result<ZipEntry> TakeEntry(Bytes& rest, size_t base) {
  if (rest.size() < kDirectoryBytes || U32(rest, 0) != kDirectorySignature) {
    return Broken("its directory has fewer entries than it says");
  }
  const size_t name_bytes = U16(rest, 28);
  const size_t whole = kDirectoryBytes + name_bytes + U16(rest, 30) + U16(rest, 32);
  if (rest.size() < whole) return Broken("an entry reaches outside its directory");
  ZipEntry entry;
  entry.name.assign(reinterpret_cast<const char*>(rest.data()) + kDirectoryBytes, name_bytes);
  entry.method = U16(rest, 10);
  entry.crc = U32(rest, 16);
  entry.packed_bytes = U32(rest, 20);
  entry.bytes = U32(rest, 24);
  entry.offset = uint64_t{base} + U32(rest, 42);
  rest = rest.subspan(whole);
  return entry;
}

// The packed bytes of an entry.
Result<Bytes> Packed(Bytes file, const ZipEntry& entry) {
  if (entry.offset > file.size() || file.size() - entry.offset < kLocalBytes) {
    return Broken("it reaches outside the file");
  }
  const Bytes local = file.subspan(static_cast<size_t>(entry.offset));
  if (U32(local, 0) != kLocalSignature) return Broken("it has no header");
  if ((U16(local, 6) & kEncrypted) != 0) return Fail(Code::kUnimplemented, "it is encrypted");
  const size_t header = kLocalBytes + U16(local, 26) + U16(local, 28);
  if (local.size() < header || local.size() - header < entry.packed_bytes) {
    return Broken("it reaches outside the file");
  }
  return local.subspan(header, static_cast<size_t>(entry.packed_bytes));
}

// A raw deflate stream of `size` bytes unpacked.
Result<std::string> Inflate(Bytes packed, size_t size) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    return Fail(Code::kResourceExhausted, "no memory to unpack it");
  }
  std::string content(size + 1, '\0');  // one more: a longer stream is seen
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  const int ended = inflate(&stream, Z_FINISH);
  const size_t made = stream.total_out;
  inflateEnd(&stream);
  if (ended != Z_STREAM_END || made != size) return Broken("it does not unpack to its size");
  content.resize(size);
  return content;
}

uint32_t Sum(const std::string& content) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
}

Result<std::string> Unpack(Bytes file, const ZipEntry& entry, size_t limit_bytes) {
  if (entry.bytes > std::min(limit_bytes, kMostContent)) {
    return Fail(Code::kResourceExhausted, std::to_string(entry.bytes) + " bytes, at most " +
                                              std::to_string(limit_bytes) + " are read");
  }
  BRINK_ASSIGN(const Bytes packed, Packed(file, entry));
  std::string content;
  if (entry.method == kDeflated) {
    BRINK_ASSIGN(content, Inflate(packed, static_cast<size_t>(entry.bytes)));
  } else if (entry.method == kStored) {
    if (packed.size() != entry.bytes) return Broken("its two sizes differ");
    content.assign(reinterpret_cast<const char*>(packed.data()), packed.size());
  } else {
    return Fail(Code::kUnimplemented, "packed by method " + std::to_string(entry.method) +
                                          ", expected 0 (stored) or 8 (deflated)");
  }
  if (Sum(content) != entry.crc) return Broken("it has another sum");
  return content;
}

// A raw deflate stream of `content`.
std::string Deflate(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, static_cast<uLong>(content.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

class Writer {
 public:
  explicit Writer(std::vector<std::byte>& out) : out_(out) {}
  template <class T>
  Writer& Number(T number) {
    for (size_t k = 0; k < sizeof(T); ++k)
      out_.push_back(static_cast<std::byte>(number >> (8 * k)));
    return *this;
  }
  Writer& U16(size_t number) { return Number(static_cast<uint16_t>(number)); }
  Writer& U32(size_t number) { return Number(static_cast<uint32_t>(number)); }
  void Text(const std::string& text) {
    const Bytes bytes = std::as_bytes(std::span(text));
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }

 private:
  std::vector<std::byte>& out_;
};

// What a local header and an entry of the directory have in common.
void WriteFacts(Writer& out, const ZipContent& one, size_t packed_bytes) {
  constexpr size_t kVersion = 20;      // that has deflate
  constexpr size_t kNewYear1980 = 33;  // the format's first day
  out.U16(kVersion).U16(0).U16(one.deflated ? kDeflated : kStored).U16(0).U16(kNewYear1980);
  out.U32(Sum(one.content)).U32(packed_bytes).U32(one.content.size());
  out.U16(one.name.size()).U16(0);
}

}  // namespace

Result<std::vector<ZipEntry>> ListZip(Bytes file) {
  std::vector<ZipEntry> entries;
  const auto end = FindEnd(file);
  if (!end) return entries;
  BRINK_ASSIGN(const Directory directory, FindDirectory(file, *end));
  Bytes rest = directory.bytes;
  for (size_t k = 0; k < directory.count; ++k) {
    BRINK_ASSIGN(entries.emplace_back(), TakeEntry(rest, directory.base));
  }
  return entries;
}

Result<std::string> ReadZipEntry(Bytes file, const ZipEntry& entry, size_t limit_bytes) {
  auto content = Unpack(file, entry, limit_bytes);
  if (!content) return Fail(content.error().Within(Quoted(entry.name)));
  return content;
}

std::vector<std::byte> AppendZip(std::vector<std::byte> file,
                                 std::span<const ZipContent> contents) {
  std::vector<std::byte> directory;
  for (const ZipContent& one : contents) {
    const size_t offset = file.size();
    const std::string packed = one.deflated ? Deflate(one.content) : one.content;
    Writer local(file);
    local.U32(kLocalSignature);
    WriteFacts(local, one, packed.size());
    local.Text(one.name);
    local.Text(packed);
    Writer entry(directory);
    entry.U32(kDirectorySignature).U16(20);
    WriteFacts(entry, one, packed.size());
    entry.U16(0).U16(0).U16(0).U32(0).U32(offset);
    entry.Text(one.name);
  }
  const size_t start = file.size();
  file.insert(file.end(), directory.begin(), directory.end());
  Writer end(file);
  end.U32(kEndSignature).U16(0).U16(0).U16(contents.size()).U16(contents.size());
  end.U32(directory.size()).U32(start).U16(0);
  return file;
}

}  // namespace brink::model

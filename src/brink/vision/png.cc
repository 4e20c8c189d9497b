#include "brink/vision/png.h"

#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>

// libpng leaves on an error by longjmp. Everything that it may leave through is a step: a function
// without objects that have destructors, run by Attempt. What must be freed belongs to the caller
// of Attempt.

namespace brink::vision {
namespace {

// Deflate makes at most 1032 bytes of one.
constexpr int64_t kMaxInflation = 1032;
// One ancillary chunk; all that are read are small (palette, transparency).
constexpr png_alloc_size_t kMaxChunkBytes = png_alloc_size_t{1} << 20;

struct ReadState {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::byte> rest;  // not yet read
  uint8_t* pixels = nullptr;
  size_t row_bytes = 0;
  std::jmp_buf jump;
  char message[128] = "";

  ReadState() = default;
  ReadState(const ReadState&) = delete;
  ReadState& operator=(const ReadState&) = delete;
  ~ReadState() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void Leave(png_structp png, png_const_charp message) {
  auto* state = static_cast<ReadState*>(png_get_error_ptr(png));
  std::snprintf(state->message, sizeof(state->message), "%s", message);
  std::longjmp(state->jump, 1);
}

void Ignore(png_structp /*png*/, png_const_charp /*message*/) {}

void ReadBytes(png_structp png, png_bytep to, size_t size) {
  auto* state = static_cast<ReadState*>(png_get_io_ptr(png));
  if (size > state->rest.size()) png_error(png, "truncated");
  std::memcpy(to, state->rest.data(), size);
  state->rest = state->rest.subspan(size);
}

bool Attempt(ReadState& state, void (*step)(ReadState&)) {
  if (setjmp(state.jump) != 0) return false;
  step(state);
  return true;
}

void ReadHeader(ReadState& state) {
  state.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, Leave, Ignore);
  if (state.png == nullptr) {
    std::snprintf(state.message, sizeof(state.message), "no memory to read it");
    std::longjmp(state.jump, 1);
  }
  state.info = png_create_info_struct(state.png);
  if (state.info == nullptr) png_error(state.png, "no memory to read it");
  png_set_read_fn(state.png, &state, ReadBytes);
  png_set_user_limits(state.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // CheckSize holds the limit
  png_set_chunk_malloc_max(state.png, kMaxChunkBytes);
  // With -1 all but IHDR, PLTE, tRNS, IDAT and IEND is skipped: texts and profiles do not make
  // pixels.
  png_set_keep_unknown_chunks(state.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(state.png, state.info);
}

void ReadPixels(ReadState& state) {
  png_set_expand(state.png);  // palettes, 1, 2 and 4 bits to 8
  png_set_scale_16(state.png);
  png_set_gray_to_rgb(state.png);
  png_set_strip_alpha(state.png);
  const int passes = png_set_interlace_handling(state.png);
  png_read_update_info(state.png, state.info);
  if (png_get_rowbytes(state.png, state.info) != state.row_bytes) {
    png_error(state.png, "an unexpected layout of rows");
  }
  const png_uint_32 height = png_get_image_height(state.png, state.info);
  for (int pass = 0; pass < passes; ++pass) {
    for (png_uint_32 y = 0; y < height; ++y) {
      png_read_row(state.png, state.pixels + state.row_bytes * y, nullptr);
    }
  }
  png_read_end(state.png, nullptr);
}

unexpected<Error> Broken(const ReadState& state) {
  return Fail(Code::kInvalidArgument, std::string("broken PNG: ") + state.message);
}

// A header that promises more than its bytes can inflate to is refused before memory is taken for
// it.
Status CheckHeader(const ReadState& state, size_t file_bytes, const DecodeLimits& limits) {
  const int64_t width = png_get_image_width(state.png, state.info);
  const int64_t height = png_get_image_height(state.png, state.info);
  BRINK_TRY(CheckSize(width, height, limits));
  const int64_t bits =
      int64_t{png_get_channels(state.png, state.info)} * png_get_bit_depth(state.png, state.info);
  if (width * bits / 8 * height / kMaxInflation <= static_cast<int64_t>(file_bytes)) return {};
  return Fail(Code::kInvalidArgument, "broken PNG: truncated: " + std::to_string(file_bytes) +
                                          " bytes cannot hold " + std::to_string(width) + "x" +
                                          std::to_string(height) + " pixels");
}

}  // namespace

Result<Image> DecodePng(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  ReadState state;
  state.rest = bytes;
  if (!Attempt(state, ReadHeader)) return Broken(state);
  BRINK_TRY(CheckHeader(state, bytes.size(), limits));
  const int64_t width = png_get_image_width(state.png, state.info);
  BRINK_ASSIGN(Image image, MakeImage(width, png_get_image_height(state.png, state.info), limits));
  state.pixels = image.rgb.data();
  state.row_bytes = static_cast<size_t>(width) * 3;
  if (!Attempt(state, ReadPixels)) return Broken(state);
  return image;
}

Result<std::string> EncodePng(const Image& image) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&header, bytes.data(), &size, 0, image.rgb.data(), 0, nullptr) ==
      0) {
    return Fail(Code::kInternal, std::string("cannot write a PNG: ") + header.message);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace brink::vision

#include "brink/vision/jpeg.h"

#include <cstdio>
// jpeglib.h needs cstdio before it.
#include <jpeglib.h>
// jerror.h needs jpeglib.h before it.
#include <jerror.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "brink/vision/orientation.h"

// libjpeg leaves on an error by longjmp. Everything that it may leave through is a step: a function
// without objects that have destructors, run by Attempt. What must be freed belongs to the caller
// of Attempt.

namespace brink::vision {
namespace {

// No decoder makes more than this of one byte: a block of 8x8 takes a bit at least, and the
// coarsest sampling gives each 32x32 pixels a block. A header that promises more is refused before
// memory is taken for it.
constexpr int64_t kMaxPixelsPerByte = 8 * 1024;
// How many times over the largest picture allowed a progressive file may go through its pixels; a
// small picture may have many scans, a large one few.
constexpr int64_t kMaxScanWork = 16;

struct ErrorState {
  jpeg_error_mgr manager;  // first: libjpeg's pointer to it is a pointer to ErrorState
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void Leave(j_common_ptr info) {
  auto* errors = reinterpret_cast<ErrorState*>(info->err);
  errors->manager.format_message(info, errors->message);
  std::longjmp(errors->jump, 1);
}

// Warnings are where libjpeg goes on with pixels that it made up; those end the decoding.
void OnMessage(j_common_ptr info, int level) {
  if (level >= 0) return;  // traces
  switch (info->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_BOGUS_ICC:
      return;
    default:
      Leave(info);
  }
}

void SetUp(ErrorState& errors) {
  jpeg_std_error(&errors.manager);
  errors.manager.error_exit = Leave;
  errors.manager.emit_message = OnMessage;
  errors.message[0] = '\0';
}

template <class State>
bool Attempt(State& state, void (*step)(State&)) {
  if (setjmp(state.errors.jump) != 0) return false;
  step(state);
  return true;
}

struct ReadState {
  ErrorState errors{};
  jpeg_decompress_struct info{};
  jpeg_progress_mgr progress{};
  std::span<const std::byte> bytes;
  int64_t max_scan_work = 0;
  uint8_t* pixels = nullptr;  // of the whole picture, 3 bytes each
  uint8_t* inks = nullptr;    // one row of CMYK, 4 bytes each
};

// RAII around the decompressor; the state stays at its address, which libjpeg keeps.
struct ReadStateCloser {
  void operator()(ReadState* state) const {
    jpeg_destroy_decompress(&state->info);
    delete state;
  }
};

void CountScans(j_common_ptr info) {
  auto* state = static_cast<ReadState*>(info->client_data);
  const int64_t pixels = int64_t{state->info.image_width} * state->info.image_height;
  if (pixels * state->info.input_scan_number <= state->max_scan_work) return;
  std::snprintf(state->errors.message, sizeof(state->errors.message),
                "%d scans over %ux%u pixels are too many", state->info.input_scan_number,
                state->info.image_width, state->info.image_height);
  std::longjmp(state->errors.jump, 1);
}

void ReadHeader(ReadState& state) {
  jpeg_create_decompress(&state.info);
  state.info.client_data = &state;
  state.progress.progress_monitor = CountScans;
  state.info.progress = &state.progress;
  jpeg_save_markers(&state.info, JPEG_APP0 + 1, 0xffff);
  jpeg_mem_src(&state.info, reinterpret_cast<const unsigned char*>(state.bytes.data()),
               static_cast<unsigned long>(state.bytes.size()));
  jpeg_read_header(&state.info, TRUE);
  const J_COLOR_SPACE stored = state.info.jpeg_color_space;
  const bool inks = stored == JCS_CMYK || stored == JCS_YCCK;
  state.info.out_color_space = inks ? JCS_CMYK : JCS_RGB;
}

// Inks to light, without a colour profile. Adobe's files store 255 for no ink.
void InksToRgb(const uint8_t* inks, int width, bool inverted, uint8_t* rgb) {
  for (int x = 0; x < width; ++x, inks += 4) {
    const int key = inverted ? inks[3] : 255 - inks[3];
    for (int channel = 0; channel < 3; ++channel) {
      const int light = inverted ? inks[channel] : 255 - inks[channel];
      *rgb++ = static_cast<uint8_t>((light * key + 127) / 255);
    }
  }
}

void ReadPixels(ReadState& state) {
  jpeg_start_decompress(&state.info);
  const int width = static_cast<int>(state.info.output_width);
  while (state.info.output_scanline < state.info.output_height) {
    uint8_t* row = state.pixels + size_t{3} * state.info.output_width * state.info.output_scanline;
    uint8_t* target = state.inks != nullptr ? state.inks : row;
    jpeg_read_scanlines(&state.info, &target, 1);
    if (state.inks != nullptr) InksToRgb(state.inks, width, state.info.saw_Adobe_marker != 0, row);
  }
  jpeg_finish_decompress(&state.info);
}

unexpected<Error> Broken(const ReadState& state) {
  return Fail(Code::kInvalidArgument, std::string("broken JPEG: ") + state.errors.message);
}

int OrientationOf(const jpeg_decompress_struct& info) {
  for (jpeg_saved_marker_ptr marker = info.marker_list; marker != nullptr; marker = marker->next) {
    const int orientation =
        ExifOrientation(std::as_bytes(std::span(marker->data, marker->data_length)));
    if (orientation != 1) return orientation;
  }
  return 1;
}

Status CheckHeader(const ReadState& state, const DecodeLimits& limits) {
  const jpeg_decompress_struct& info = state.info;
  BRINK_TRY(CheckSize(info.image_width, info.image_height, limits));
  if (info.num_components == 2 || info.num_components > 4) {
    return Fail(Code::kInvalidArgument, "broken JPEG: " + std::to_string(info.num_components) +
                                            " components; 1, 3 or 4 are expected");
  }
  const int64_t pixels = int64_t{info.image_width} * info.image_height;
  if (!info.arith_code && pixels / kMaxPixelsPerByte > static_cast<int64_t>(state.bytes.size())) {
    return Fail(Code::kInvalidArgument,
                "broken JPEG: truncated: " + std::to_string(state.bytes.size()) +
                    " bytes cannot hold " + std::to_string(info.image_width) + "x" +
                    std::to_string(info.image_height) + " pixels");
  }
  return {};
}

struct WriteState {
  ErrorState errors{};
  jpeg_compress_struct info{};
  const Image* image = nullptr;
  int quality = 90;
  unsigned char* bytes = nullptr;  // malloc'ed by libjpeg
  unsigned long size = 0;
};

struct WriteStateCloser {
  void operator()(WriteState* state) const {
    jpeg_destroy_compress(&state->info);
    std::free(state->bytes);
    delete state;
  }
};

void WritePicture(WriteState& state) {
  jpeg_create_compress(&state.info);
  jpeg_mem_dest(&state.info, &state.bytes, &state.size);
  state.info.image_width = static_cast<JDIMENSION>(state.image->width);
  state.info.image_height = static_cast<JDIMENSION>(state.image->height);
  state.info.input_components = 3;
  state.info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&state.info);
  jpeg_set_quality(&state.info, state.quality, TRUE);
  state.info.comp_info[0].h_samp_factor = 1;
  state.info.comp_info[0].v_samp_factor = 1;
  state.info.optimize_coding = TRUE;
  jpeg_start_compress(&state.info, TRUE);
  while (state.info.next_scanline < state.info.image_height) {
    const size_t at = size_t{3} * state.info.image_width * state.info.next_scanline;
    auto* row = const_cast<JSAMPLE*>(state.image->rgb.data() + at);  // libjpeg only reads it
    jpeg_write_scanlines(&state.info, &row, 1);
  }
  jpeg_finish_compress(&state.info);
}

}  // namespace

Result<Image> DecodeJpeg(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  const std::unique_ptr<ReadState, ReadStateCloser> state(new ReadState{});
  SetUp(state->errors);
  state->info.err = &state->errors.manager;
  state->bytes = bytes;
  state->max_scan_work = kMaxScanWork * limits.max_pixels;
  if (!Attempt(*state, ReadHeader)) return Broken(*state);
  BRINK_TRY(CheckHeader(*state, limits));
  const int orientation = OrientationOf(state->info);  // jpeg_finish_decompress forgets the markers
  BRINK_ASSIGN(Image image, MakeImage(state->info.image_width, state->info.image_height, limits));
  std::vector<uint8_t> inks;
  if (state->info.out_color_space == JCS_CMYK) {
    inks.resize(size_t{4} * state->info.image_width);
    state->inks = inks.data();
  }
  state->pixels = image.rgb.data();
  if (!Attempt(*state, ReadPixels)) return Broken(*state);
  return Upright(std::move(image), orientation);
}

Result<std::string> EncodeJpeg(const Image& image, int quality) {
  if (image.width > JPEG_MAX_DIMENSION || image.height > JPEG_MAX_DIMENSION) {
    return Fail(Code::kInvalidArgument, "a JPEG has at most " + std::to_string(JPEG_MAX_DIMENSION) +
                                            " pixels a side, the picture is " +
                                            std::to_string(image.width) + "x" +
                                            std::to_string(image.height));
  }
  const std::unique_ptr<WriteState, WriteStateCloser> state(new WriteState{});
  SetUp(state->errors);
  state->info.err = &state->errors.manager;
  state->image = &image;
  state->quality = std::clamp(quality, 1, 100);
  if (!Attempt(*state, WritePicture)) {
    return Fail(Code::kInternal, std::string("cannot write a JPEG: ") + state->errors.message);
  }
  return std::string(reinterpret_cast<const char*>(state->bytes), state->size);
}

}  // namespace brink::vision

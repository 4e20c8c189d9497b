#include "brink/vision/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "brink/base/utf8.h"
#include "brink/vision/font.h"

namespace brink::vision {
namespace {

using Colour = std::array<uint8_t, 3>;

struct Rectangle {  // in pixels; the right and lower edges are outside
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
};

// Colours that stay apart from each other and from most pictures; labels beyond their number begin
// again.
constexpr std::array<Colour, 10> kColours = {{{46, 204, 64},
                                              {255, 65, 54},
                                              {0, 145, 255},
                                              {255, 220, 0},
                                              {177, 80, 255},
                                              {255, 133, 27},
                                              {0, 210, 210},
                                              {240, 18, 190},
                                              {170, 255, 0},
                                              {255, 255, 255}}};
constexpr size_t kMaxLetters = 60;
constexpr int kPixelsPerUnit = 160;  // the shorter side for each pixel of a letter's stroke

Colour ColourOf(int label) {
  return kColours[static_cast<size_t>(std::max(label, 0)) % kColours.size()];
}

// Black on light colours, white on dark ones.
Colour InkOn(const Colour& colour) {
  const int luma = 299 * colour[0] + 587 * colour[1] + 114 * colour[2];
  return luma > 110'000 ? Colour{0, 0, 0} : Colour{255, 255, 255};
}

int UnitOf(const Image& image) {
  return std::max(1, std::min(image.width, image.height) / kPixelsPerUnit);
}

void Fill(Image& image, const Rectangle& area, const Colour& colour) {
  const int left = std::max(area.left, 0);
  const int right = std::min(area.right, image.width);
  const int bottom = std::min(area.bottom, image.height);
  for (int y = std::max(area.top, 0); y < bottom; ++y) {
    uint8_t* pixel =
        image.rgb.data() +
        (static_cast<size_t>(y) * static_cast<size_t>(image.width) + static_cast<size_t>(left)) * 3;
    for (int x = left; x < right; ++x, pixel += 3) std::copy(colour.begin(), colour.end(), pixel);
  }
}

void Frame(Image& image, const Rectangle& area, int thickness, const Colour& colour) {
  Fill(image, {area.left, area.top, area.right, area.top + thickness}, colour);
  Fill(image, {area.left, area.bottom - thickness, area.right, area.bottom}, colour);
  Fill(image, {area.left, area.top, area.left + thickness, area.bottom}, colour);
  Fill(image, {area.right - thickness, area.top, area.right, area.bottom}, colour);
}

std::vector<char32_t> Letters(std::string_view text) {
  std::vector<char32_t> letters;
  for (size_t at = 0; at < text.size() && letters.size() < kMaxLetters;) {
    const utf8::Decoded decoded = utf8::DecodeAt(text, at);
    letters.push_back(decoded.length > 0 ? decoded.code_point : U'?');
    at += static_cast<size_t>(std::max(decoded.length, 1));
  }
  return letters;
}

void DrawGlyph(Image& image, int left, int top, const Glyph& glyph, const Colour& ink) {
  const int unit = UnitOf(image);
  for (int row = 0; row < kGlyphHeight; ++row) {
    for (int column = 0; column < kGlyphWidth; ++column) {
      if ((glyph[static_cast<size_t>(row)] >> (kGlyphWidth - 1 - column) & 1) == 0) continue;
      const int x = left + column * unit;
      const int y = top + row * unit;
      Fill(image, {x, y, x + unit, y + unit}, ink);
    }
  }
}

int BarHeight(const Image& image) { return (kGlyphHeight + 2) * UnitOf(image); }

// A bar of `colour` with text on it; kept inside of the picture where it fits.
void DrawBar(Image& image, int left, int top, std::string_view text, const Colour& colour) {
  const int unit = UnitOf(image);
  const auto letters = Letters(text);
  const int advance = (kGlyphWidth + 1) * unit;
  const int width = static_cast<int>(letters.size()) * advance + unit;
  left = std::max(0, std::min(left, image.width - width));
  top = std::max(0, std::min(top, image.height - BarHeight(image)));
  Fill(image, {left, top, left + width, top + BarHeight(image)}, colour);
  int x = left + unit;
  for (const char32_t letter : letters) {
    DrawGlyph(image, x, top + unit, GlyphOf(letter), InkOn(colour));
    x += advance;
  }
}

std::string WithScore(const std::string& label, float score) {
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), " %.2f", static_cast<double>(score));
  return label + digits.data();
}

int PixelOf(float relative, int side) {
  const float clamped = relative > 0 ? std::min(relative, 1.f) : 0.f;  // not a number becomes 0
  return static_cast<int>(std::lround(clamped * static_cast<float>(side)));
}

}  // namespace

void DrawDetections(Image& image, std::span<const Detection> detections) {
  const int unit = UnitOf(image);
  for (const Detection& detection : detections) {
    const Rectangle area = {
        PixelOf(detection.box[0], image.width), PixelOf(detection.box[1], image.height),
        PixelOf(detection.box[2], image.width), PixelOf(detection.box[3], image.height)};
    const Colour colour = ColourOf(detection.label_index);
    Frame(image, area, unit, colour);
    const int above = area.top - BarHeight(image);
    DrawBar(image, area.left, above >= 0 ? above : area.top,
            WithScore(detection.label, detection.score), colour);
  }
}

void DrawPath(Image& image, std::span<const std::array<float, 2>> points, bool closed,
              std::string_view name) {
  constexpr Colour kInk = {255, 255, 255};
  const int thick = std::max(1, UnitOf(image) / 2);
  const size_t sides = points.size() - (closed ? 0 : 1);
  for (size_t k = 0; k < sides && points.size() > 1; ++k) {
    const auto& from = points[k];
    const auto& to = points[(k + 1) % points.size()];
    const int x = PixelOf(from[0], image.width);
    const int y = PixelOf(from[1], image.height);
    const int across = PixelOf(to[0], image.width) - x;
    const int down = PixelOf(to[1], image.height) - y;
    const int steps = std::max({std::abs(across), std::abs(down), 1});
    for (int step = 0; step <= steps; ++step) {
      const int at_x = x + static_cast<int>(int64_t{across} * step / steps);
      const int at_y = y + static_cast<int>(int64_t{down} * step / steps);
      Fill(image, {at_x, at_y, at_x + thick, at_y + thick}, kInk);
    }
  }
  if (points.empty()) return;
  DrawBar(image, PixelOf(points[0][0], image.width), PixelOf(points[0][1], image.height), name,
          {0, 0, 0});
}

void DrawFooter(Image& image, std::string_view text) {
  DrawBar(image, 0, image.height - BarHeight(image), text, {0, 0, 0});
}

void DrawClassifications(Image& image, std::span<const Classification> classifications) {
  int top = 0;
  for (const Classification& one : classifications) {
    if (top + BarHeight(image) > image.height) return;
    DrawBar(image, 0, top, WithScore(one.label, one.score), ColourOf(one.label_index));
    top += BarHeight(image);
  }
}

}  // namespace brink::vision

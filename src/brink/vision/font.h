// A small bitmap font for labels in pictures: printable ASCII, 5 x 7.
#pragma once

#include <array>
#include <cstdint>

namespace brink::vision {

inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 7;

// A glyph's rows from the top; the leftmost pixel is bit 4.
using Glyph = std::array<uint8_t, kGlyphHeight>;

// The glyph of a character; '?' where the font has none.
const Glyph& GlyphOf(char32_t character);

}  // namespace brink::vision

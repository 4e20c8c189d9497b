#include "brink/base/base64.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <span>
#include <vector>

#include "brink/base/every_target_testing.h"

namespace brink::base64 {
namespace {

TEST(Base64, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(Encode(""), "");
  EXPECT_EQ(Encode("f"), "Zg==");
  EXPECT_EQ(Encode("fo"), "Zm8=");
  EXPECT_EQ(Encode("foo"), "Zm9v");
  EXPECT_EQ(Encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, DecodesWhatItEncodes) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_EQ(Decode(Encode(bytes)).value(), bytes);
  }
}

TEST(Base64, SkipsWhiteSpaceAnywhere) {
  EXPECT_EQ(Decode("aGVs\nbG8=").value(), "hello");
  EXPECT_EQ(Decode(" aG Vs bG8\r\n = \t").value(), "hello");
}

TEST(Base64, RefusesGarbage) {
  for (const char* text : {"abc", "a", "a===", "-_-_", "aGVs*bG8=", "aGVsbG8",
                           "aGVsbG8==", "aGVs=bG8=", "aGVsbG8=x", "=", "====", "h\xC3\xA9=="}) {
    EXPECT_FALSE(Decode(text).has_value()) << text;
  }
  EXPECT_EQ(Decode("aGVs*bG8=").error().message,
            "base64: character outside the alphabet at offset 4");
}

TEST(Base64, FindsWhatIsWrongAndSkipsWhiteSpaceAtEveryPlaceOfALongText) {
  const std::string letters(200, 'Q');  // several vectors of the widest target
  const std::string bytes = Decode(letters).value();
  for (size_t place = 0; place < letters.size(); ++place) {
    std::string spaced = letters;
    spaced.insert(place, " ");
    EXPECT_EQ(Decode(spaced).value(), bytes) << place;
    std::string wrong = letters;
    wrong[place] = '*';
    EXPECT_EQ(Decode(wrong).error().message,
              "base64: character outside the alphabet at offset " + std::to_string(place));
  }
}

// 128 letters 'A', which are zeros, but the one at `place`.
void CheckLetterAt(size_t place, char letter) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text(128, 'A');
  text[place] = letter;
  const Result<std::string> bytes = Decode(text);
  const size_t value = kAlphabet.find(letter);
  if (value == std::string::npos) {
    EXPECT_FALSE(bytes.has_value()) << letter;  // white space leaves one letter too few
    return;
  }
  std::string wanted(96, '\0');
  for (size_t bit = 0; bit < 6; ++bit) {
    const size_t at = place * 6 + bit;
    if ((value >> (5 - bit) & 1) != 0) wanted[at / 8] |= static_cast<char>(0x80 >> at % 8);
  }
  EXPECT_EQ(bytes.value(), wanted) << letter << " at " << place;
}

TEST(Base64, KnowsEveryCharacterAtEveryPlaceOfAVector) {
  OnEveryTarget([] {
    for (int character = 0; character < 256; ++character) {
      for (size_t place = 0; place < 64; ++place)
        CheckLetterAt(place, static_cast<char>(character));
    }
  });
}

TEST(Base64, FillsWhatPlaceThereIsAndTellsHowMuchIsWanted) {
  std::string bytes(100, '\0');
  std::iota(bytes.begin(), bytes.end(), '\1');
  for (const std::string& text : {Encode(bytes), " " + Encode(bytes) + "\n"}) {
    for (size_t room = 0; room < 110; ++room) {
      std::vector<char> memory(room, '*');  // ASan watches its end
      const auto out = std::as_writable_bytes(std::span(memory));
      EXPECT_EQ(DecodeInto(text, out).value(), bytes.size());
      const size_t filled = std::min(room, bytes.size());
      EXPECT_EQ(std::string_view(memory.data(), filled), bytes.substr(0, filled)) << room;
    }
  }
}

}  // namespace
}  // namespace brink::base64

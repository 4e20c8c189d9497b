#include "brink/base/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <random>

#include "brink/base/every_target_testing.h"
#include "brink/base/json_number.h"

namespace brink::json {
namespace {

constexpr ParseOptions kPython{.allow_nan = true};
constexpr WriteOptions kPythonOut{.ascii = true, .allow_nan = true};

std::string RoundTrip(std::string_view text) {
  const auto value = Parse(text, kPython);
  return value ? Write(*value, kPythonOut) : "error: " + value.error().message;
}

std::string Repr(double number) {
  std::string out;
  AppendDouble(out, number);
  return out;
}

TEST(Json, WritesSortedKeysWithoutSpaces) {
  EXPECT_EQ(RoundTrip(R"( { "b" : [ 1 , 2.50, true, null, false ] , "a" : {} } )"),
            R"({"a":{},"b":[1,2.5,true,null,false]})");
}

TEST(Json, TheLastOfDuplicateKeysWins) { EXPECT_EQ(RoundTrip(R"({"a":1,"a":2})"), R"({"a":2})"); }

TEST(Json, IntegersKeepEveryDigit) {
  EXPECT_EQ(RoundTrip("[9223372036854775807,-9223372036854775808,9223372036854775808,"
                      "18446744073709551615,18446744073709551616,-9223372036854775809,-0]"),
            "[9223372036854775807,-9223372036854775808,9223372036854775808,"
            "18446744073709551615,18446744073709551616,-9223372036854775809,0]");
  EXPECT_TRUE(Parse("18446744073709551615")->is<uint64_t>());
  EXPECT_TRUE(Parse("18446744073709551616")->is<BigInt>());
  EXPECT_EQ(Parse("100000000000000000000000")->ToDouble(), 1e23);
}

TEST(Json, AnIntegerOfTooManyDigitsIsRefused) {
  EXPECT_TRUE(Parse(std::string(4300, '9')).has_value());
  EXPECT_EQ(Parse(std::string(4301, '9')).error().message,
            "line 1 column 1: integer of more than 4300 digits");
}

TEST(Json, FloatsPrintAsPythonRepr) {
  EXPECT_EQ(
      RoundTrip("[0.1,1e-7,1e16,1e15,123456789012345678.0,1e22,1E5,1e-4,0.00001,5e-324,"
                "1.7976931348623157e308,-0.0,100.0,3.0e10,2.220446049250313e-16]"),
      "[0.1,1e-07,1e+16,1000000000000000.0,1.2345678901234568e+17,1e+22,100000.0,0.0001,1e-05,"
      "5e-324,1.7976931348623157e+308,-0.0,100.0,30000000000.0,2.220446049250313e-16]");
  EXPECT_EQ(Repr(0.10000000149011612), "0.10000000149011612");
  EXPECT_EQ(Repr(12345.678), "12345.678");
  EXPECT_EQ(Repr(1.5e300), "1.5e+300");
}

TEST(Json, NanAndInfinityPassWhenAskedFor) {
  EXPECT_EQ(RoundTrip("[NaN,Infinity,-Infinity,1E400,-1e999999999999999999999,1e-400]"),
            "[NaN,Infinity,-Infinity,Infinity,-Infinity,0.0]");
  EXPECT_FALSE(Parse("[NaN]").has_value());
  EXPECT_FALSE(Parse("[1e400]").has_value());
  EXPECT_EQ(Write(Value(std::nan(""))), "null");
}

TEST(Json, StringsEscapeAsPythonDoes) {
  EXPECT_EQ(RoundTrip("\"h\xC3\xA9\xE2\x98\x83\xF0\x9F\x98\x80 <b>&'/\xE2\x80\xA8\x7F\\u0000\\n\""),
            R"("h\u00e9\u2603\ud83d\ude00 <b>&'/\u2028\u007f\u0000\n")");
  EXPECT_EQ(Write(*Parse(R"("\u00e9\ud83d\ude00")")), "\"\xC3\xA9\xF0\x9F\x98\x80\"");
}

TEST(Json, LongStringsEndAndAreRefusedWhereTheyShould) {
  OnEveryTarget([] {
    for (size_t place = 0; place < 200; ++place) {
      const std::string before(place, 'a');
      EXPECT_EQ(Parse('"' + before + '"').value(), Value(before));
      EXPECT_EQ(Parse('"' + before + "\\n\xC3\xA9" + std::string(100, 'b') + '"').value(),
                Value(before + "\n\xC3\xA9" + std::string(100, 'b')));
      for (const char wrong : {'\x1F', '\n', '\x80', '\xFF'}) {
        EXPECT_FALSE(Parse('"' + before + wrong + std::string(100, 'b') + '"').has_value());
      }
    }
  });
}

TEST(Json, LoneSurrogatesSurvive) {
  EXPECT_EQ(RoundTrip(R"("\ud800")"), R"("\ud800")");
  EXPECT_EQ(RoundTrip(R"("\ude00\ud83dx\ud83d\ud83d\ude00")"),
            R"("\ude00\ud83dx\ud83d\ud83d\ude00")");
  EXPECT_EQ(Write(*Parse(R"("\uD800")")), R"("\ud800")");
}

TEST(Json, BytesThatAreNoUtf8AreWrittenAsReplacementCharacters) {
  EXPECT_EQ(Write(Value("a\xFF"), {.ascii = true}), R"("a\ufffd")");
}

TEST(Json, RefusesWhatIsNotJsonAndSaysWhere) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "line 1 column 1: expected a value"},
      {"{\"data\":", "line 1 column 9: expected a value"},
      {"{\"a\":\n [[1,]]}", "line 2 column 6: expected a value"},
      {"{'a':1}", "line 1 column 2: expected a key in double quotes"},
      {"{\"a\" 1}", "line 1 column 6: expected ':' after the key"},
      {"[1 2]", "line 1 column 4: expected ',' or ']'"},
      {"{\"a\":1", "line 1 column 7: expected ',' or '}'"},
      {"{\"a\":1} x", "line 1 column 9: text after the value"},
      {"01", "line 1 column 2: text after the value"},
      {"+1", "line 1 column 1: expected a value"},
      {".5", "line 1 column 1: expected a value"},
      {"1.", "line 1 column 2: text after the value"},
      {"1e", "line 1 column 2: text after the value"},
      {"-", "line 1 column 1: expected a value"},
      {"\"a", "line 1 column 3: unterminated string"},
      {"\"a\nb\"", "line 1 column 3: control character in a string"},
      {"\"\\x\"", "line 1 column 2: invalid escape"},
      {"\"\\u12g4\"", "line 1 column 6: expected four hexadecimal digits"},
      {"\"\xFF\xFE\"", "line 1 column 2: invalid UTF-8"},
      {"\"\xED\xA0\x80\"", "line 1 column 2: invalid UTF-8"},
      {"[1]]", "line 1 column 4: text after the value"},
      {std::string("\0", 1), "line 1 column 1: expected a value"},
      {std::string("1\0", 2), "line 1 column 2: text after the value"},
      {std::string("[\0]", 3), "line 1 column 2: expected a value"},
  };
  for (const auto& [text, message] : cases) {
    const auto value = Parse(text, kPython);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().message, message) << text;
  }
}

TEST(Json, DepthIsLimited) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Parse(nested(512)).has_value());
  EXPECT_FALSE(Parse(nested(513)).has_value());
  EXPECT_FALSE(Parse(std::string(1'000'000, '[')).has_value());
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(Parse(objects).has_value());
}

TEST(Json, TheNumberOfValuesIsLimited) {
  EXPECT_TRUE(Parse("[1,2,3]", {.max_values = 4}).has_value());
  EXPECT_EQ(Parse("[1,2,3]", {.max_values = 3}).error().message,
            "line 1 column 6: more than 3 values");
}

TEST(Json, FloatsHaveAShortestFormOfTheirOwn) {
  char buffer[kMaxDoubleChars];
  EXPECT_EQ(std::string(buffer, FormatFloat(buffer, 0.1F)), "0.1");
  EXPECT_EQ(std::string(buffer, FormatFloat(buffer, 1e-7F)), "1e-07");
  EXPECT_EQ(std::string(buffer, FormatFloat(buffer, -3.4e38F)), "-3.4e+38");
}

TEST(Json, IndentsAsPythonDoes) {
  EXPECT_EQ(Write(*Parse(R"({"b":[1,2],"a":{},"c":[]})"), {.indent = 2}),
            "{\n  \"a\": {},\n  \"b\": [\n    1,\n    2\n  ],\n  \"c\": []\n}");
}

TEST(JsonNumber, AgreesWithFromCharsOnRandomDoubles) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 300'000; ++i) {
    // Half over all bit patterns, half of the size that pixels and scores have.
    double number = std::bit_cast<double>(random());
    if (i % 2 == 0)
      number = static_cast<double>(random() >> 11) *
               std::ldexp(1, -53 - static_cast<int>(random() % 24));
    if (i % 6 == 0) number = static_cast<float>(number);
    if (!std::isfinite(number)) continue;
    const std::string text = Repr(number);
    const Number scanned = ScanNumber(text);
    ASSERT_EQ(scanned.length, text.size()) << text;
    ASSERT_EQ(std::bit_cast<uint64_t>(scanned.real), std::bit_cast<uint64_t>(number)) << text;
  }
}

TEST(JsonNumber, HalfwayCasesRoundToEven) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100'000; ++i) {
    // An odd integer of 54 bits lies halfway between two doubles.
    const uint64_t halfway = (uint64_t{1} << 53) | (random() >> 11) | 1;
    const auto even = static_cast<double>(halfway);
    for (const int64_t step : {-1, 0, 1}) {
      const std::string text = std::to_string(halfway + static_cast<uint64_t>(step)) + ".0";
      double wanted = 0;
      std::from_chars(text.data(), text.data() + text.size(), wanted);
      ASSERT_EQ(ScanNumber(text).real, wanted) << text;
      if (step == 0) {
        ASSERT_EQ(wanted, even);
      }
    }
    std::string fraction = std::to_string(halfway * 5);  // halfway / 2 as a decimal, and beyond
    for (int places = 1; places <= 8; ++places) {
      const std::string text = fraction + "e-" + std::to_string(places);
      double wanted = 0;
      std::from_chars(text.data(), text.data() + text.size(), wanted);
      ASSERT_EQ(ScanNumber(text).real, wanted) << text;
    }
  }
}

TEST(JsonNumber, AgreesWithFromCharsOnRandomDigits) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 300'000; ++i) {
    std::string text = random() % 2 == 0 ? "-" : "";
    text += random() % 2 == 0 ? "0" : std::to_string(1 + random() % 99'999'999);
    text.push_back('.');
    const size_t digits = 1 + random() % (i % 100 == 0 ? 400 : 24);
    for (size_t k = 0; k < digits; ++k) text.push_back(static_cast<char>('0' + random() % 10));
    if (random() % 3 == 0) text += "e" + std::to_string(static_cast<int>(random() % 680) - 340);
    double wanted = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), wanted);
    if (parsed.ec != std::errc()) continue;
    const Number scanned = ScanNumber(text);
    ASSERT_EQ(scanned.length, text.size()) << text;
    ASSERT_EQ(std::bit_cast<uint64_t>(scanned.real), std::bit_cast<uint64_t>(wanted)) << text;
  }
}

}  // namespace
}  // namespace brink::json

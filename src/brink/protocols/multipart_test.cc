#include "brink/protocols/multipart.h"

#include <gtest/gtest.h>

namespace brink::protocols {
namespace {

// The parts as "name=contents" (files "name@contents"), or the error's message.
std::string Read(std::string_view body, std::string_view boundary = "B") {
  const auto parts = ParseMultipart(body, boundary);
  if (!parts) return parts.error().message;
  std::string out;
  for (const Part& part : *parts) {
    out += part.name + (part.file ? "@" : "=") + std::string(part.contents) + ";";
  }
  return out;
}

TEST(Multipart, ReadsFieldsAndFiles) {
  EXPECT_EQ(Read("preamble\r\n--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n"
                 "--B\r\ncontent-disposition: form-data; filename=\"f;1\"; name=b\r\n"
                 "Content-Type: image/png\r\n\r\n\r\n-\r\n--Bx\r\n\r\n--B-- \r\nepilogue"),
            "a=one;b@\r\n-\r\n--Bx\r\n;");
}

TEST(Multipart, TakesBareLineFeeds) {
  EXPECT_EQ(Read("--B\nContent-Disposition: form-data; name=\"a\"\n\nx\n--B--\n"), "a=x;");
}

TEST(Multipart, AnEmptyPartAndAnEmptyFormAreFine) {
  EXPECT_EQ(Read("--B\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n\r\n--B--"), "=;");
  EXPECT_EQ(Read("--B--\r\n"), "");
}

TEST(Multipart, RefusesWhatIsIncomplete) {
  EXPECT_EQ(Read(""), "multipart body ends before its closing boundary");
  EXPECT_EQ(Read("--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabc"),
            "multipart body ends before its closing boundary");
  EXPECT_EQ(Read("--B\r\n\r\nabc\r\n--B--"), "multipart body has a part without a name");
  EXPECT_EQ(Read("x", ""), "multipart Content-Type has no usable boundary");
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "--B\nContent-Disposition: x; name=a\n\n\n";
  EXPECT_EQ(Read(many + "--B--"), "multipart body has more than 1000 parts");
}

TEST(Multipart, FindsTheBoundary) {
  EXPECT_EQ(BoundaryOf("multipart/form-data; boundary=XB"), "XB");
  EXPECT_EQ(BoundaryOf("multipart/form-data; charset=x; Boundary=\"a b;c\"; z"), "a b;c");
  EXPECT_EQ(BoundaryOf("multipart/form-data"), "");
  EXPECT_EQ(BoundaryOf("multipart/form-data; boundary"), "");
}

}  // namespace
}  // namespace brink::protocols

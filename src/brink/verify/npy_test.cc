#include "brink/verify/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <random>

#include "brink/base/file.h"

namespace brink::verify {
namespace {

std::string PathOf(const std::string& name) {
  return testing::TempDir() + "npy_" + name + std::to_string(getpid());
}

Result<Tensor> ReadText(const std::string& text) {
  const std::string path = PathOf("text");
  EXPECT_TRUE(WriteFile(path, std::as_bytes(std::span(text))));
  auto tensor = ReadNpy(path);
  std::filesystem::remove(path);
  return tensor;
}

// Version 1 with this header and data.
std::string File(const std::string& header, const std::string& data) {
  std::string file = "\x93NUMPY\x01";
  file += '\0';
  file += static_cast<char>(header.size());
  file += '\0';
  return file + header + data;
}

TEST(Npy, WhatIsWrittenIsReadAgain) {
  const std::array<int16_t, 6> values = {1, -2, 3, 4, 5, -32768};
  const std::string path = PathOf("written");
  ASSERT_TRUE(WriteNpy(path, Tensor::Of<int16_t>({2, 3}, values)));
  const auto file = ReadTextFile(path, 1000).value();
  EXPECT_EQ((file.size() - 12) % 64, 0u) << "numpy aligns the data to 64 bytes";
  const auto tensor = ReadNpy(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_EQ(tensor->shape(), Shape({2, 3}));
  EXPECT_THAT(tensor->as<int16_t>(), testing::ElementsAreArray(values));
}

TEST(Npy, AScalarHasNoDimensions) {
  const auto tensor =
      ReadText(File("{'descr': '|u1', 'fortran_order': False, 'shape': (), }\n", "\x07"));
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_EQ(tensor->shape().rank(), 0);
}

TEST(Npy, TextsLoseTheZerosThatFillThemUp) {
  const auto tensor = ReadText(File("{'descr': '|S3', 'fortran_order': False, 'shape': (2,), }\n",
                                    std::string("ab\0cde", 6)));
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_THAT(tensor->strings(), testing::ElementsAre("ab", "cde"));
}

TEST(Npy, WhatIsBrokenIsAnError) {
  EXPECT_FALSE(ReadText(""));
  EXPECT_FALSE(ReadText("\x93NUMPY\x02"));
  EXPECT_FALSE(ReadText(File("{}", "")));
  for (const char* shape : {"(4,)", "(99999999999999999999,)", "(2000000000, 2000000000)"}) {
    const auto tensor = ReadText(File(
        std::string("{'descr': '<f4', 'fortran_order': False, 'shape': ") + shape + ", }", "abcd"));
    EXPECT_FALSE(tensor) << shape;
  }
  const auto strings =
      ReadText(File("{'descr': '|S0', 'fortran_order': False, 'shape': (1000000000,), }", ""));
  EXPECT_FALSE(strings);
  const auto complex =
      ReadText(File("{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }", ""));
  EXPECT_THAT(complex.error().message, testing::HasSubstr("elements of type <c16"));
}

}  // namespace
}  // namespace brink::verify

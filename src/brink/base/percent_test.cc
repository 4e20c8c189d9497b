#include "brink/base/percent.h"

#include <gtest/gtest.h>

namespace brink {
namespace {

TEST(Percent, OnlyWholeEscapesAreDecoded) {
  EXPECT_EQ(PercentDecoded("a%20b%2525%zz%4"), "a b%25%zz%4");
  EXPECT_EQ(PercentDecoded("100%&%4&%zz%41%e4%E4"), "100%&%4&%zzA\xe4\xe4");
  EXPECT_EQ(PercentDecoded(""), "");
}

TEST(Percent, APlusIsASpaceInForms) {
  EXPECT_EQ(PercentDecoded("a+b%2B"), "a+b+");
  EXPECT_EQ(FormDecoded("a+b%2B%"), "a b+%");
}

}  // namespace
}  // namespace brink

#include "dagrad/ops/strings/string_case/change_case.h"

#include "gtest/gtest.h"

namespace dagrad::ops {
namespace {

TEST(ChangeCaseTest, ChangesWhatUnicodeHasACaseFor) {
  EXPECT_EQ(ChangeCase("Monday", LetterCase::kUpper), "MONDAY");
  EXPECT_EQ(ChangeCase("École 42 Ærø", LetterCase::kLower), "école 42 ærø");
  EXPECT_EQ(ChangeCase("éΩж", LetterCase::kUpper), "ÉΩЖ");
  EXPECT_EQ(ChangeCase("Straße 月曜日", LetterCase::kUpper), "STRAẞE 月曜日");
  EXPECT_EQ(ChangeCase("", LetterCase::kLower), "");
}

TEST(ChangeCaseTest, LengthsMayChange) {
  EXPECT_EQ(ChangeCase("Ⱥ", LetterCase::kLower), "ⱥ");  // two bytes, three bytes
  EXPECT_EQ(ChangeCase("\u212A", LetterCase::kLower), "k");
}

TEST(ChangeCaseTest, OtherBytesStay) {
  EXPECT_EQ(ChangeCase("A\xFF\xC3", LetterCase::kLower), "a\xFF\xC3");
  EXPECT_EQ(ChangeCase(absl::string_view("A\0B", 3), LetterCase::kLower), std::string("a\0b", 3));
  EXPECT_EQ(ChangeCase("\xED\xA0\x80X", LetterCase::kLower), "\xED\xA0\x80x");  // half a pair
}

}  // namespace
}  // namespace dagrad::ops

// Right programs compile; of wrong ones the compiler says what is wrong, in few lines.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using ::testing::HasSubstr;

// GCC 12 and 14 need up to 25 for a call that fits none of several functions.
constexpr int kMaxLines = 30;

std::string FirstLine(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

std::string Contents(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(CompileErrorsTest, AreShort) {
  const std::filesystem::path here = "tests/compile_errors";
  const std::string wrong = "// wrong: ";
  int programs = 0;
  int wrong_ones = 0;
  for (const auto& entry : std::filesystem::directory_iterator(here / "programs")) {
    const std::string name = entry.path().stem().string();
    SCOPED_TRACE(name);
    ++programs;
    const std::string expected = FirstLine(entry.path());
    const std::string messages = Contents(here / (name + ".messages"));
    if (expected == "// right") {
      EXPECT_EQ(messages, "0\n\n");
      continue;
    }
    ++wrong_ones;
    ASSERT_EQ(expected.substr(0, wrong.size()), wrong);
    EXPECT_EQ(messages.substr(0, 2), "1\n") << messages;
    EXPECT_THAT(messages, HasSubstr(expected.substr(wrong.size())));
    EXPECT_LE(std::count(messages.begin(), messages.end(), '\n'), kMaxLines) << messages;
  }
  EXPECT_GE(programs - wrong_ones, 2);
  EXPECT_GE(wrong_ones, 15);
}

}  // namespace
}  // namespace dagrad

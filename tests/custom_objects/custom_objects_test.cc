// What one program saves with a layer, a loss, … of its own, another loads by their
// classes and trains on, bit for bit; and is told which class is missing, and how to give it.

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/io/test_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using ::testing::HasSubstr;

constexpr const char* kAllKinds =
    "layers,losses,metrics,schedules,regularizers,constraints,initializers";

class CustomObjectsTest : public ::testing::Test {
 protected:
  // The exit status of the program that the variable names; its output is in out().
  int Run(const char* program, const std::string& arguments) const {
    const std::string command =
        absl::StrCat(std::getenv(program), " ", arguments, " > ", folder_, "out");
    const int status = std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe)
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  }
  std::string out() const { return io::testing::Slurp(folder_ + "out"); }
  std::string Weights(const std::string& name) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + name)) {
      if (entry.path().extension() == ".safetensors") return io::testing::Slurp(entry.path());
    }
    return "";
  }

  const std::string folder_ = io::testing::FreshDirectory();
};

TEST_F(CustomObjectsTest, AnotherProgramTrainsOn) {
  ASSERT_EQ(Run("DAGRAD_WRITER", absl::StrCat("3 ", folder_, "whole")), 0);
  ASSERT_EQ(Run("DAGRAD_WRITER", absl::StrCat("1 ", folder_, "part")), 0);
  ASSERT_EQ(
      Run("DAGRAD_READER", absl::StrCat(kAllKinds, " 1 3 ", folder_, "part ", folder_, "resumed")),
      0)
      << out();
  EXPECT_NE(Weights("whole"), "");
  EXPECT_NE(Weights("part"), Weights("whole"));
  EXPECT_EQ(Weights("resumed"), Weights("whole"));
}

TEST_F(CustomObjectsTest, ClassesThatAreNotGivenAreNamed) {
  ASSERT_EQ(Run("DAGRAD_WRITER", absl::StrCat("1 ", folder_, "part")), 0);
  const std::string rest = absl::StrCat(" 1 2 ", folder_, "part ", folder_, "more");
  EXPECT_EQ(Run("DAGRAD_READER", "none" + rest), 1);
  EXPECT_THAT(out(), HasSubstr("unknown layer class \"Scale\""));
  EXPECT_THAT(out(), HasSubstr("given to Load as custom_objects: .layers = {{\"Scale\", …}}"));
  // In the order in which a file is read.
  const std::pair<const char*, const char*> kinds[] = {
      {"initializers", "option \"kernel_initializer\": unknown initializer \"ramp\""},
      {"regularizers", "option \"kernel_regularizer\": unknown regularizer \"cubes\""},
      {"constraints", "option \"bias_constraint\": unknown constraint \"box\""},
      {"schedules", "unknown learning-rate schedule \"warmup\""},
      {"losses", "unknown loss \"pinball\""},
      {"metrics", "unknown metric \"close\""}};
  std::string given = "layers";
  for (const auto& [kind, error] : kinds) {
    EXPECT_EQ(Run("DAGRAD_READER", given + rest), 1) << kind;
    EXPECT_THAT(out(), HasSubstr(error));
    EXPECT_THAT(out(), HasSubstr("given to Load as custom_objects"));
    given += absl::StrCat(",", kind);
  }
  EXPECT_EQ(Run("DAGRAD_READER", given + rest), 0) << out();
}

}  // namespace
}  // namespace dagrad

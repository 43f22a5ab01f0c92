// The examples as bazel run starts them: among their runfiles, with paths of where the user stands.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "dagrad/io/test_files.h"
#include "dagrad/tools/tool_process.h"
#include "gtest/gtest.h"

namespace dagrad::examples {
namespace {

struct Example {
  const char* program;
  std::vector<std::string> arguments;
  const char* saves;
};

TEST(ExamplesTest, ReadAndWriteWhereTheUserStands) {
  const std::string dir = io::testing::FreshDirectory();
  const std::string runfiles = dir + "example.runfiles/dagrad";
  std::filesystem::create_directories(runfiles);
  std::string wages = "wage_per_hour,union,age\n";
  std::string titanic = "Survived,Pclass,Sex,Age,SibSp,Parch,Fare,Embarked\n";
  for (int i = 0; i < 24; ++i) {
    const std::string n = std::to_string(i);
    wages += n + "," + std::to_string(i % 2) + "," + n + "\n";
    titanic += std::to_string(i % 2) + "," + std::to_string(1 + i % 3) +
               (i % 2 == 0 ? ",male," : ",female,") + n + "," + std::to_string(i % 2) + "," +
               std::to_string(i % 3) + "," + n + (i % 2 == 0 ? ",S\n" : ",C\n");
  }
  io::testing::Spill(dir + "wages.csv", wages);
  io::testing::Spill(dir + "titanic.csv", titanic);
  const std::vector<Example> examples = {
      {"first_model", {}, "line"},
      {"wages", {"--data", "wages.csv", "--epochs", "1", "--out", "w"}, "w"},
      {"titanic", {"--data=titanic.csv", "--epochs=1", "--out=t"}, "t"},
  };
  for (const Example& e : examples) {
    const tools::Outcome o =
        tools::RunProgram(std::string("examples/") + e.program, runfiles, e.arguments,
                          [&] { setenv("BUILD_WORKING_DIRECTORY", dir.c_str(), 1); });
    EXPECT_EQ(o.code, 0) << e.program << ": " << o.err;
    EXPECT_TRUE(std::filesystem::exists(dir + e.saves + "/model.pb")) << e.program;
  }
}

}  // namespace
}  // namespace dagrad::examples

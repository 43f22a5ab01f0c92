// Every option that names an output, to everything that a path may lead to.
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/builder.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/test_files.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "gtest/gtest.h"

namespace dagrad::tools {
namespace {

namespace files = std::filesystem;
using io::testing::FreshDirectory;
using io::testing::Slurp;
using io::testing::Spill;

// A shell's command in `directory`, in which "dagrad" is the tool: its exit status.
int Shell(const std::string& directory, const std::string& command) {
  static const std::string tool = files::absolute(std::getenv("DAGRAD_TOOL"));
  return std::system(absl::StrCat("cd '", directory, "' && dagrad() { '", tool, "' \"$@\"; }; { ",
                                  command, "; } 2>/dev/null")
                         .c_str());
}

// An option that names an output, and a command in which $ stands for that.
struct Output {
  const char* command;
  const char* option;
  const char* line;
  const char* suffix = "";  // of what it writes
};
constexpr Output kOutputs[] = {
    {"dot", "--output", "dagrad dot m.pb -o $"},
    {"run", "--output", "dagrad run m.pb -i x=x.npy -o y=$", ".npy"},
    {"run", "--save", "dagrad run m.pb -i x=x.npy --save $", ".pb"},
    {"optimize", "--output", "dagrad optimize m.pb -o $", ".pb"},
    {"profile", "--output", "dagrad profile m.pb --runs 1 -o $"},
};

std::string LineFor(const Output& output, const std::string& path) {
  return absl::StrReplaceAll(output.line, {{"$", path}});
}

// A directory with a model m.pb and an input x.npy for it.
std::string WithModel() {
  const std::string dir = FreshDirectory();
  GraphBuilder g("predict");
  g.Output("y", Relu(g.Input("x", DType::kFloat32, {2})));
  Model model;
  model.functions.push_back(*g.Build());
  EXPECT_TRUE(io::SaveModel(dir + "m.pb", model, {}).ok());
  EXPECT_TRUE(io::WriteNpy(dir + "x.npy", Tensor::Of<float>({2}, {1, -1})).ok());
  return dir;
}

// What the help calls a value that is a file.
constexpr std::array<absl::string_view, 4> kFileWords = {"FILE", "PATH", "DIR", "."};

// The options of every command whose value is a file, but for inputs.
std::set<std::string> OutputsInHelp(const std::string& dir) {
  std::set<std::string> found;
  EXPECT_EQ(Shell(dir, "dagrad --help > help"), 0);
  const std::string help = Slurp(dir + "help");
  for (absl::string_view line : absl::StrSplit(help, '\n')) {
    if (!absl::StartsWith(line, "  ") || absl::StartsWith(line, "  dagrad")) continue;
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    EXPECT_EQ(Shell(dir, absl::StrCat("dagrad ", words[0], " --help > help")), 0) << line;
    const std::string options = Slurp(dir + "help");
    for (absl::string_view option : absl::StrSplit(options, '\n')) {
      const size_t name = option.find("--");
      if (!absl::StartsWith(option, "  -") || absl::StrContains(option, "--input")) continue;
      const std::vector<std::string> parts = absl::StrSplit(option.substr(name), ' ');
      const bool names_file = std::any_of(kFileWords.begin(), kFileWords.end(), [&](auto word) {
        return parts.size() > 1 && absl::StrContains(parts[1], word);
      });
      if (names_file) found.insert(absl::StrCat(words[0], " ", parts[0]));
    }
  }
  return found;
}

TEST(OutputTest, EveryOutputIsTested) {
  std::set<std::string> tested;
  for (const Output& o : kOutputs) tested.insert(absl::StrCat(o.command, " ", o.option));
  EXPECT_EQ(OutputsInHelp(WithModel()), tested);
}

TEST(OutputTest, LinksAreFollowed) {
  const std::string dir = WithModel();
  files::create_directory(dir + "real");
  for (const Output& o : kOutputs) {
    const std::string name = absl::StrCat(o.command, o.option, o.suffix);
    files::create_symlink("real/" + name, dir + name);
    for (int i = 0; i < 2; ++i) {  // where nothing is yet, and over a file
      EXPECT_EQ(Shell(dir, LineFor(o, name) + " > text"), 0) << name;
      EXPECT_TRUE(files::is_symlink(dir + name)) << name;
      EXPECT_TRUE(files::is_regular_file(dir + "real/" + name)) << name;
      EXPECT_GT(files::file_size(dir + "real/" + name), 20u) << name;
      Spill(dir + "real/" + name, "older");
    }
  }
}

TEST(OutputTest, PipesAndDevicesAreWrittenInto) {
  const std::string dir = WithModel();
  for (const Output& o : kOutputs) {
    const std::string pipe = absl::StrCat(o.command, o.option, o.suffix);
    ASSERT_EQ(mkfifo((dir + pipe).c_str(), 0600), 0);
    const std::string line = LineFor(o, pipe);
    EXPECT_EQ(Shell(dir, absl::StrCat("cat ", pipe, " > got & ", line, " > text && wait")), 0);
    EXPECT_GT(files::file_size(dir + "got"), 20u) << line;
    EXPECT_TRUE(files::is_fifo(dir + pipe)) << line;
    const std::string device = absl::StrCat("null", o.suffix);
    if (mknod((dir + device).c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0) {  // root alone may
      Shell(dir, LineFor(o, device) + " > text");
      EXPECT_TRUE(files::is_character_file(dir + device)) << line;
      files::remove(dir + device);
    }
    if (*o.suffix != '\0') continue;
    EXPECT_EQ(Shell(dir, LineFor(o, "/dev/stdout") + " | cat > got"), 0) << line;
    EXPECT_GT(files::file_size(dir + "got"), 20u) << line;
  }
}

// A limit of file size is an error, in what a command prints too.
TEST(OutputTest, ALimitOfFileSizeEndsNothing) {
  const std::string dir = WithModel();
  for (const Output& o : kOutputs) {
    const std::string line = LineFor(o, absl::StrCat("limited", o.suffix));
    const int status = Shell(dir, absl::StrCat("ulimit -f 0; ", line, " > /dev/null"));
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 3) << line << ": " << status;
  }
  const int status = Shell(dir, "ulimit -f 0; dagrad show m.pb > text");
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << status;
}

}  // namespace
}  // namespace dagrad::tools

// The dagrad command: shows, checks, draws and runs models in files.
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/tools/command.h"

namespace dagrad::tools {
namespace {

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kWrongUse = 2;

std::vector<const Command*> Commands() {
  return {&ShowCommand(), &CheckCommand(),    &DotCommand(),
          &RunCommand(),  &OptimizeCommand(), &ProfileCommand()};
}

std::string GeneralHelp() {
  std::string text =
      "usage: dagrad COMMAND ...\n\n"
      "Works with models in files: FILE is model.pb, model.pbtxt or the directory of one.\n\n";
  for (const Command* c : Commands())
    absl::StrAppendFormat(&text, "  %-8s %s\n", c->name, c->summary);
  return text +
         "\n  dagrad COMMAND --help   what a command does, with its options\n"
         "  dagrad --version\n\n"
         "Exit status: 0 done, 1 failed, 2 wrong use.\n";
}

bool WriteBytes(FILE* stream, const std::string& bytes) {
  return std::fwrite(bytes.data(), 1, bytes.size(), stream) == bytes.size() &&
         std::fflush(stream) == 0;
}

bool Write(FILE* stream, const std::string& text) {
  return WriteBytes(stream, PrintableLines(text));
}

int WrongUse(const std::string& who, absl::string_view what) {
  Write(stderr, absl::StrCat(who, ": ", what, "; see ", who, " --help\n"));
  return kWrongUse;
}

int RunOne(const Command& command, const std::vector<std::string>& arguments) {
  const std::string who = absl::StrCat("dagrad ", command.name);
  for (const std::string& a : arguments) {
    if (a == "--") break;
    if (a == "--help" || a == "-h") return Write(stdout, HelpOf(command)) ? kOk : kFailed;
  }
  const absl::StatusOr<Args> args = ParseArgs(command, arguments);
  if (!args.ok()) return WrongUse(who, args.status().message());
  Console console;
  const absl::Status status = command.run(*args, &console);
  const bool written =
      console.out_is_text ? Write(stdout, console.out) : WriteBytes(stdout, console.out);
  Write(stderr, console.err);
  if (IsUsageError(status)) return WrongUse(who, status.message());
  if (!status.ok()) {
    Write(stderr, absl::StrCat(who, ": ", status.message(), "\n"));
    return kFailed;
  }
  if (written) return kOk;
  Write(stderr, absl::StrCat(who, ": cannot write the output\n"));
  return kFailed;
}

int Main(int argc, char** argv) {
  // A reader that leaves early and a limit of file size are errors of writing, no deaths.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (arguments.empty()) {
    Write(stderr, GeneralHelp());
    return kWrongUse;
  }
  const std::string name = arguments[0];
  if (name == "--help" || name == "-h" || name == "help")
    return Write(stdout, GeneralHelp()) ? kOk : kFailed;
  if (name == "--version") return Write(stdout, absl::StrCat(Producer(), "\n")) ? kOk : kFailed;
  arguments.erase(arguments.begin());
  for (const Command* c : Commands()) {
    if (c->name == name) return RunOne(*c, arguments);
  }
  return WrongUse("dagrad", absl::StrCat("there is no command \"", Printable(name), "\""));
}

}  // namespace
}  // namespace dagrad::tools

int main(int argc, char** argv) { return dagrad::tools::Main(argc, argv); }

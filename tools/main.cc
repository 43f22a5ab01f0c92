// The dagrad command: shows, checks, draws and runs models in files.
#include <csignal>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/io/working_directory.h"
#include "dagrad/tools/command.h"

namespace dagrad::tools {
namespace {

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kWrongUse = 2;
constexpr int kOutOfLimits = 3;
constexpr int kReaderLeft = 128 + SIGPIPE;  // as of a process that the signal ended

std::vector<const Command*> Commands() {
  return {&ShowCommand(),    &CheckCommand(),    &DotCommand(),
          &RunCommand(),     &OptimizeCommand(), &ProfileCommand(),
          &ConvertCommand(), &ConformCommand(),  &OpsCommand()};
}

std::string GeneralHelp() {
  std::string text =
      "usage: dagrad COMMAND ...\n\n"
      "Works with models in files: FILE is model.pb, model.pbtxt or the directory of one.\n\n";
  for (const Command* c : Commands())
    absl::StrAppendFormat(&text, "  %-8s %s\n", c->name, c->summary);
  return text +
         "\n  dagrad help COMMAND     what a command does, with its options\n"
         "  dagrad --version\n\n"
         "Exit status: 0 done, 1 failed, 2 wrong use, 3 out of memory, of disk space or of time\n"
         "(--memory-limit and --timeout, which every command has).\n";
}

// To standard error.
void Say(const std::string& text) {
  Console console;
  console.err = text;
  console.Flush().IgnoreError();
}

// The exit status of a command that has written all that it had to say. `head` and others leave
// early: that is no error to speak of.
int Finish(const std::string& who, Console* console) {
  const absl::Status written = console->Flush();
  if (written.ok()) return kOk;
  if (absl::IsCancelled(written)) return kReaderLeft;
  Say(absl::StrCat(who, ": ", written.message(), "\n"));
  return kFailed;
}

int Print(const std::string& who, const std::string& text) {
  Console console;
  console.out = text;
  return Finish(who, &console);
}

int WrongUse(const std::string& who, absl::string_view what) {
  Say(absl::StrCat(who, ": ", what, "; see ", who, " --help\n"));
  return kWrongUse;
}

absl::Status RunGuarded(const Command& command, const Args& args, Console* console) try {
  return command.run(args, console);
}
DAGRAD_CATCH_NO_MEMORY

int RunOne(const Command& command, const std::vector<std::string>& arguments) {
  const std::string who = absl::StrCat("dagrad ", command.name);
  for (const std::string& a : arguments) {
    if (a == "--") break;
    if (a == "--help" || a == "-h") return Print(who, HelpOf(command));
  }
  const absl::StatusOr<Args> args = ParseArgs(command, arguments);
  if (!args.ok()) return WrongUse(who, args.status().message());
  Console console;
  const absl::Status status = RunGuarded(command, *args, &console);
  const int written = Finish(who, &console);
  if (written == kReaderLeft) return written;
  if (IsUsageError(status)) return WrongUse(who, status.message());
  if (!status.ok()) {
    Say(absl::StrCat(who, ": ", status.message(), "\n"));
    return absl::IsResourceExhausted(status) || absl::IsDeadlineExceeded(status) ? kOutOfLimits
                                                                                 : kFailed;
  }
  return written;
}

const Command* FindCommand(absl::string_view name) {
  for (const Command* c : Commands()) {
    if (c->name == name) return c;
  }
  return nullptr;
}

int NoSuchCommand(absl::string_view name) {
  return WrongUse("dagrad", absl::StrCat("there is no command \"", Printable(name), "\""));
}

// "help", or "help COMMAND".
int Help(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) return Print("dagrad", GeneralHelp());
  const Command* command = FindCommand(arguments[1]);
  return command == nullptr ? NoSuchCommand(arguments[1]) : Print("dagrad", HelpOf(*command));
}

int Main(int argc, char** argv) {
  io::EnterBuildWorkingDirectory();
  // A reader that leaves early and a limit of file size are errors of writing, no deaths.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (arguments.empty()) {
    Say(GeneralHelp());
    return kWrongUse;
  }
  const std::string name = arguments[0];
  if (name == "--help" || name == "-h" || name == "help") return Help(arguments);
  if (name == "--version") return Print("dagrad", absl::StrCat(Producer(), "\n"));
  arguments.erase(arguments.begin());
  const Command* command = FindCommand(name);
  return command == nullptr ? NoSuchCommand(name) : RunOne(*command, arguments);
}

}  // namespace
}  // namespace dagrad::tools

int main(int argc, char** argv) { return dagrad::tools::Main(argc, argv); }

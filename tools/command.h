#ifndef DAGRAD_TOOLS_COMMAND_H_
#define DAGRAD_TOOLS_COMMAND_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/budget.h"
#include "dagrad/tools/console.h"

namespace dagrad::tools {

// One option of a subcommand.
struct Option {
  absl::string_view name;   // "--output"
  absl::string_view alias;  // "-o", or nothing
  // "NAME=FILE" as the help shows it; nothing for an option without a value.
  absl::string_view value;
  absl::string_view help;
  bool repeated = false;
};

// What the command line said.
struct Args {
  std::vector<std::string> operands;
  std::map<std::string, std::vector<std::string>, std::less<>> options;  // by Option::name
  // What --memory-limit and --timeout leave to the command, which hands it on to all it calls.
  Budget budget;
  int64_t memory_limit_bytes = 0;  // of the budget; for CompileOptions

  bool Has(absl::string_view name) const { return options.contains(name); }
  std::string Get(absl::string_view name) const;  // "" if it was not given
  std::vector<std::string> All(absl::string_view name) const;
};

// A subcommand. `run` gives OK (exit code 0), a UsageError (2), ResourceExhausted or
// DeadlineExceeded (3: out of memory, of disk space or of time), or another error (1), which main()
// prints.
struct Command {
  absl::string_view name;
  absl::string_view operands;  // "FILE"; as many as words; "[NAME]", at the end, may be left out
  absl::string_view summary;   // one line
  absl::string_view description;
  std::vector<Option> options;
  absl::Status (*run)(const Args& args, Console* console) = nullptr;
};

const Command& ShowCommand();
const Command& CheckCommand();
const Command& DotCommand();
const Command& RunCommand();
const Command& ProfileCommand();
const Command& OptimizeCommand();
const Command& OpsCommand();
const Command& ConvertCommand();
const Command& ConformCommand();

// Wrong use of the command line.
absl::Status UsageError(absl::string_view message);
bool IsUsageError(const absl::Status& status);

// `arguments` without the program and the subcommand. "--name value", "--name=value", "-n value";
// after "--" all are operands. Every command has the options --memory-limit, else the machine's
// memory, and --timeout, else none; its time runs from here on.
absl::StatusOr<Args> ParseArgs(const Command& command, absl::Span<const std::string> arguments);

std::string HelpOf(const Command& command);

// "NAME=VALUE" in two; a UsageError that names `option` otherwise, or where VALUE is empty and may
// not be.
absl::StatusOr<std::pair<std::string, std::string>> SplitPair(absl::string_view option,
                                                              absl::string_view text,
                                                              bool may_be_empty = false);

}  // namespace dagrad::tools

#endif  // DAGRAD_TOOLS_COMMAND_H_

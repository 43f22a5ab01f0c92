#include "dagrad/tools/command.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/run/cpu_budget.h"
#include "dagrad/tools/limits.h"

namespace dagrad::tools {
namespace {

constexpr char kUsagePayload[] = "dagrad/usage";

// Of every command.
constexpr Option kLimits[] = {
    {"--memory-limit", "-m", "SIZE",
     "the most memory to take: 512M, 2G (the machine's); a run computes values again to keep to "
     "it"},
    {"--timeout", "", "TIME", "the longest time to take: 10s, 500ms, 5m (none)"},
};

const Option* FindOption(const Command& command, absl::string_view name) {
  for (const absl::Span<const Option> options :
       {absl::MakeConstSpan(command.options), absl::MakeConstSpan(kLimits)}) {
    for (const Option& o : options) {
      if (o.name == name || (!o.alias.empty() && o.alias == name)) return &o;
    }
  }
  return nullptr;
}

absl::Status ReadLimits(Args* args) {
  Budget::Limits limits{runtime::AllowedMemory()};
  if (args->Has("--memory-limit")) {
    DAGRAD_ASSIGN_OR_RETURN(limits.bytes, ReadSize("--memory-limit", args->Get("--memory-limit")));
    args->memory_limit_bytes = limits.bytes;
  }
  if (args->Has("--timeout")) {
    DAGRAD_ASSIGN_OR_RETURN(limits.time, ReadDuration("--timeout", args->Get("--timeout")));
  }
  args->budget = Budget(limits);
  return absl::OkStatus();
}

absl::Status CheckOperands(const Command& command, const Args& args) {
  const std::vector<absl::string_view> names =
      absl::StrSplit(command.operands, ' ', absl::SkipEmpty());
  if (args.operands.size() <= names.size()) {
    if (args.operands.size() == names.size() || names[args.operands.size()][0] == '[')
      return absl::OkStatus();
    return UsageError(absl::StrCat("needs ", names[args.operands.size()]));
  }
  return UsageError(absl::StrCat("does not know what to do with \"",
                                 Printable(args.operands[names.size()]), "\""));
}

absl::Status UnknownOption(const Command& command, absl::string_view name) {
  std::vector<std::string> known;
  for (const Option& o : command.options) known.emplace_back(o.name);
  const std::string nearest = Nearest(name, known);
  return UsageError(absl::StrCat("has no option ", Printable(name), nearest.empty() ? "" : "; ",
                                 nearest, nearest.empty() ? "" : " may be meant"));
}

}  // namespace

std::string Args::Get(absl::string_view name) const {
  auto it = options.find(name);
  return it == options.end() ? "" : it->second.back();
}

std::vector<std::string> Args::All(absl::string_view name) const {
  auto it = options.find(name);
  return it == options.end() ? std::vector<std::string>() : it->second;
}

absl::Status UsageError(absl::string_view message) {
  absl::Status status = dagrad::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord());
  return status;
}

bool IsUsageError(const absl::Status& status) {
  return status.GetPayload(kUsagePayload).has_value();
}

absl::StatusOr<Args> ParseArgs(const Command& command, absl::Span<const std::string> arguments) {
  Args args;
  bool only_operands = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& text = arguments[i];
    if (!only_operands && text == "--") {
      only_operands = true;
      continue;
    }
    if (only_operands || text.size() < 2 || text[0] != '-') {
      args.operands.push_back(text);
      continue;
    }
    // Where the value begins that is part of the same word: "--format=svg", "-Tsvg".
    const bool is_long = absl::StartsWith(text, "--");
    const size_t equals = is_long ? text.find('=') : text.size() > 2 ? 1 : std::string::npos;
    const std::string name = is_long ? text.substr(0, equals) : text.substr(0, 2);
    const Option* option = FindOption(command, name);
    if (option == nullptr) return UnknownOption(command, name);
    std::vector<std::string>& values = args.options[std::string(option->name)];
    if (!values.empty() && !option->repeated)
      return UsageError(absl::StrCat("takes ", option->name, " once"));
    if (option->value.empty()) {
      if (equals != std::string::npos)
        return UsageError(absl::StrCat(option->name, " takes no value"));
      values.push_back("");
    } else if (equals != std::string::npos) {
      values.push_back(text.substr(equals + 1));
    } else if (i + 1 < arguments.size()) {
      values.push_back(arguments[++i]);
    } else {
      return UsageError(absl::StrCat(option->name, " needs ", option->value));
    }
  }
  DAGRAD_RETURN_IF_ERROR(CheckOperands(command, args));
  DAGRAD_RETURN_IF_ERROR(ReadLimits(&args));
  return args;
}

std::string HelpOf(const Command& command) {
  std::string text = absl::StrCat("usage: dagrad ", command.name, " ", command.operands,
                                  " [OPTION]...\n\n", command.description, "\n");
  std::vector<std::pair<std::string, absl::string_view>> lines;
  const auto add = [&](const Option& o) {
    lines.emplace_back(absl::StrCat(o.alias, o.alias.empty() ? "" : ", ", o.name,
                                    o.value.empty() ? "" : " ", o.value),
                       o.help);
  };
  for (const Option& o : command.options) add(o);
  for (const Option& o : kLimits) add(o);
  lines.emplace_back("--help", "this text");
  size_t width = 0;
  for (const auto& [left, right] : lines) width = std::max(width, left.size());
  text += "\n";
  for (const auto& [left, right] : lines) {
    absl::StrAppendFormat(&text, "  %-*s  %s\n", static_cast<int>(width), left, right);
  }
  return text;
}

absl::StatusOr<std::pair<std::string, std::string>> SplitPair(absl::string_view option,
                                                              absl::string_view text,
                                                              bool may_be_empty) {
  const size_t equals = text.find('=');
  if (equals != text.npos && equals > 0 && (may_be_empty || equals + 1 < text.size())) {
    return std::make_pair(std::string(text.substr(0, equals)),
                          std::string(text.substr(equals + 1)));
  }
  return UsageError(absl::StrCat(option, " takes NAME=VALUE, not \"", Printable(text), "\""));
}

}  // namespace dagrad::tools

#include "dagrad/examples/flags.h"

#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/working_directory.h"

namespace dagrad::examples {
namespace {

absl::Status CheckNumber(const Flag& flag, const std::string& value) {
  int64_t whole = 0;
  double number = 0;
  const bool wants_whole = absl::SimpleAtoi(flag.default_value, &whole);
  const bool wants_number = absl::SimpleAtod(flag.default_value, &number);
  if (wants_whole ? absl::SimpleAtoi(value, &whole)
                  : !wants_number || absl::SimpleAtod(value, &number)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag.name, " must be a number, not \"", value, "\""));
}

}  // namespace

absl::StatusOr<Flags> Flags::Parse(int argc, char** argv, const std::vector<Flag>& known) {
  Flags flags;
  for (const Flag& f : known) {
    const char* set = f.environment.empty() ? nullptr : std::getenv(f.environment.c_str());
    flags.values_[f.name] = set == nullptr ? f.default_value : set;
  }
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    absl::string_view text = argument;
    if (!absl::ConsumePrefix(&text, "--"))
      return absl::InvalidArgumentError(absl::StrCat("unknown argument ", argument));
    const size_t equals = text.find('=');
    const std::string name(text.substr(0, equals));
    if (!flags.values_.contains(name))
      return absl::InvalidArgumentError(absl::StrCat("unknown flag --", name));
    if (equals != absl::string_view::npos) {
      flags.values_[name] = std::string(text.substr(equals + 1));
    } else if (++i < argc) {
      flags.values_[name] = argv[i];
    } else {
      return absl::InvalidArgumentError(absl::StrCat("--", name, " needs a value"));
    }
  }
  for (const Flag& f : known) DAGRAD_RETURN_IF_ERROR(CheckNumber(f, flags.values_[f.name]));
  return flags;
}

int64_t Flags::Int(const std::string& name) const {
  int64_t value = 0;
  (void)absl::SimpleAtoi(Get(name), &value);
  return value;
}

double Flags::Number(const std::string& name) const {
  double value = 0;
  (void)absl::SimpleAtod(Get(name), &value);
  return value;
}

Flags::Flags(int argc, char** argv, const std::vector<Flag>& known) {
  io::EnterBuildWorkingDirectory();
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) != "--help" && std::string(argv[i]) != "-h") continue;
    std::cout << "Usage: " << argv[0] << " [FLAGS]\n";
    for (const Flag& f : known)
      std::cout << "  --" << f.name << " (" << f.default_value << ")  " << f.help << "\n";
    std::exit(0);
  }
  absl::StatusOr<Flags> flags = Parse(argc, argv, known);
  if (!flags.ok()) {
    std::cerr << argv[0] << ": " << flags.status().message() << "\n";
    std::exit(2);
  }
  *this = *std::move(flags);
}

}  // namespace dagrad::examples

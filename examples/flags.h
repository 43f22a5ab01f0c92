#ifndef DAGRAD_EXAMPLES_FLAGS_H_
#define DAGRAD_EXAMPLES_FLAGS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dagrad::examples {

// A flag of an example: --name VALUE or --name=VALUE.
struct Flag {
  std::string name;
  std::string default_value;
  std::string help;
  std::string environment = {};  // variable that gives the default where it is set
};

class Flags {
 public:
  // How an example begins: parses the flags, or prints them for --help, and goes to where the user
  // stands (io/working_directory.h). Ends the program: status 0 after --help, 2 for wrong use.
  Flags(int argc, char** argv, const std::vector<Flag>& known);

  // InvalidArgument for an unknown flag, a missing value, and for text where the default is a
  // number, or a number with a point where that is whole.
  static absl::StatusOr<Flags> Parse(int argc, char** argv, const std::vector<Flag>& known);
  const std::string& Get(const std::string& name) const { return values_.at(name); }
  // Of flags whose default is such a number.
  int64_t Int(const std::string& name) const;
  double Number(const std::string& name) const;

 private:
  Flags() = default;

  std::map<std::string, std::string> values_;
};

}  // namespace dagrad::examples

#endif  // DAGRAD_EXAMPLES_FLAGS_H_

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
  // InvalidArgument for an unknown flag, a missing value, and for text where the default is a
  // number, or a number with a point where that is whole.
  static absl::StatusOr<Flags> Parse(int argc, char** argv, const std::vector<Flag>& known);
  const std::string& Get(const std::string& name) const { return values_.at(name); }
  // Of flags whose default is such a number.
  int64_t Int(const std::string& name) const;
  double Number(const std::string& name) const;

 private:
  std::map<std::string, std::string> values_;
};

// Parses the flags (--help prints them), goes to where the user stands (io/working_directory.h),
// runs `body`, prints its error on stderr. Exit code: 0, 1 for an error, 2 for wrong use.
int RunMain(int argc, char** argv, const std::vector<Flag>& known,
            absl::Status (*body)(const Flags&));

}  // namespace dagrad::examples

#endif  // DAGRAD_EXAMPLES_FLAGS_H_

#ifndef DAGRAD_CONFIG_OBJECT_CLASS_H_
#define DAGRAD_CONFIG_OBJECT_CLASS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/json_fwd.h"

namespace dagrad {

// What is made of options and is immutable then: a loss, a metric, a regularizer, … In JSON it is
// an object with the name of its class and the options: {"name": "huber", "delta": 2.0}. Who writes
// one derives from Configured (configured.h), which leaves the list of options and the mathematics.
// Thread-safe.
class ConfiguredObject {
 public:
  virtual ~ConfiguredObject() = default;
  virtual absl::string_view class_name() const = 0;
  // The options by their names, all of them.
  virtual Json Config() const = 0;
  // InvalidArgument for an option out of range.
  virtual absl::Status Validate() const { return absl::OkStatus(); }
};

// A class of such objects, as names and files find it.
template <typename Object>
struct ObjectClass {
  std::string name;
  std::vector<std::string> aliases;  // other names in code; files have `name`
  // An object with these options, which are a JSON object; one that is missing has its default.
  // InvalidArgument, naming the option, for one of another kind or that the class does not have.
  std::function<absl::StatusOr<std::shared_ptr<const Object>>(const Json& options)> make;
};

}  // namespace dagrad

#endif  // DAGRAD_CONFIG_OBJECT_CLASS_H_

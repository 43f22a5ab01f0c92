#ifndef DAGRAD_CONFIG_OBJECT_OPTION_H_
#define DAGRAD_CONFIG_OBJECT_OPTION_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/config/object_class.h"
#include "dagrad/graph/json_fwd.h"

namespace dagrad {

template <typename Object>
class Registry;

// An option that is an object, or none: "l2", by its name in Object::All() with the defaults; or
// made. Of a kind of objects whose static All() gives their Registry; the kind's .cc includes
// object_option_functions.h and instantiates it.
template <typename Object>
class ObjectOption {
 public:
  using Class = ObjectClass<Object>;

  ObjectOption() = default;       // none
  ObjectOption(const char* name)  // NOLINT(google-explicit-constructor)
      : ObjectOption(std::string(name == nullptr ? "" : name)) {}
  ObjectOption(const std::string& name);  // NOLINT(google-explicit-constructor)
  // Null: none.
  ObjectOption(std::shared_ptr<const Object> object)  // NOLINT(google-explicit-constructor)
      : object_(std::move(object)) {}
  ObjectOption(const ObjectOption&) = default;  // moves copy
  ObjectOption& operator=(const ObjectOption&) = default;

  bool given() const { return object_ != nullptr; }
  // Null: none, or Validate() says why.
  const std::shared_ptr<const Object>& get() const { return object_; }
  // InvalidArgument for an unknown name, or an option out of range.
  absl::Status Validate() const;

  // Null; or {"name": "l2", "l2": 0.01}.
  Json ToJson() const;
  // Also read is a name alone. `custom`: the classes of the program's own.
  static absl::StatusOr<ObjectOption> FromJson(const Json& json,
                                               absl::Span<const Class> custom = {});

 private:
  std::shared_ptr<const Object> object_;
  absl::Status status_;
};

}  // namespace dagrad

#endif  // DAGRAD_CONFIG_OBJECT_OPTION_H_

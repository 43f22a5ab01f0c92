#ifndef DAGRAD_CONFIG_OBJECT_OPTION_FUNCTIONS_H_
#define DAGRAD_CONFIG_OBJECT_OPTION_FUNCTIONS_H_

#include <string>

#include "dagrad/config/object_option.h"
#include "dagrad/config/registry.h"
#include "dagrad/graph/json.h"

// What object_option.h declares, for the .cc files that instantiate it:
//   template class dagrad::ObjectOption<keras::RegularizerImpl>;
namespace dagrad {

template <typename Object>
ObjectOption<Object>::ObjectOption(const std::string& name) {
  absl::StatusOr<std::shared_ptr<const Object>> made =
      Object::All().Make(name, boost::json::object());
  if (made.ok()) object_ = *std::move(made);
  status_ = made.status();
}

template <typename Object>
absl::Status ObjectOption<Object>::Validate() const {
  if (object_ == nullptr) return status_;
  return Prefixed(object_->class_name(), object_->Validate());
}

template <typename Object>
Json ObjectOption<Object>::ToJson() const {
  return object_ == nullptr ? Json() : Registry<Object>::ToJson(*object_);
}

template <typename Object>
absl::StatusOr<ObjectOption<Object>> ObjectOption<Object>::FromJson(
    const Json& json, absl::Span<const Class> custom) {
  if (json.is_null()) return ObjectOption();
  std::string name;
  absl::StatusOr<std::shared_ptr<const Object>> made =
      ReadJson(&json, &name) ? Object::All().FromJson({{"name", name}}, custom)
                             : Object::All().FromJson(json, custom);
  if (!made.ok()) return made.status();
  return ObjectOption(*std::move(made));
}

}  // namespace dagrad

#endif  // DAGRAD_CONFIG_OBJECT_OPTION_FUNCTIONS_H_

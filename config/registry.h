#ifndef DAGRAD_CONFIG_REGISTRY_H_
#define DAGRAD_CONFIG_REGISTRY_H_

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/config/object_class.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/nearest.h"

namespace dagrad {

// All classes of one kind of objects, and how one is made by its name. Immutable; thread-safe.
//
// `custom` are classes of the program's own; one of theirs comes before dagrad's of that name.
template <typename Object>
class Registry {
 public:
  using Class = ObjectClass<Object>;
  using Pointer = std::shared_ptr<const Object>;

  // `kind` with its article, for errors: "a loss".
  Registry(std::string kind, std::vector<Class> classes)
      : kind_(std::move(kind)), classes_(std::move(classes)) {}

  const std::vector<Class>& classes() const { return classes_; }

  // By name or alias; null if there is none.
  const Class* Find(absl::string_view name, absl::Span<const Class> custom = {}) const {
    for (absl::Span<const Class> classes : {custom, absl::MakeConstSpan(classes_)}) {
      for (const Class& c : classes) {
        if (name == c.name ||
            std::find(c.aliases.begin(), c.aliases.end(), name) != c.aliases.end())
          return &c;
      }
    }
    return nullptr;
  }

  // InvalidArgument for an unknown name, with the nearest known, or options that the class refuses.
  absl::StatusOr<Pointer> Make(absl::string_view name, const Json& options,
                               absl::Span<const Class> custom = {}) const {
    const Class* const found = Find(name, custom);
    if (found == nullptr) return Unknown(name);
    absl::StatusOr<Pointer> made = found->make(options);
    const absl::Status status = made.ok() ? (*made)->Validate() : made.status();
    if (!status.ok()) return Prefixed(absl::StrCat(Noun(), " ", found->name), status);
    return made;
  }

  // Of {"name": class, options…}.
  absl::StatusOr<Pointer> FromJson(const Json& json, absl::Span<const Class> custom = {}) const {
    std::string name;
    if (!ReadJson(Member(json, "name"), &name))
      return InvalidArgumentError(absl::StrCat("not the description of ", kind_));
    boost::json::object options = json.get_object();
    options.erase("name");
    absl::StatusOr<Pointer> made = Make(name, options, custom);
    if (made.ok() || Find(name, custom) != nullptr) return made;
    return InvalidArgumentError(absl::StrCat(
        made.status().message(), "; classes of your own are given to Load as custom_objects"));
  }

  static Json ToJson(const Object& object) {
    Json json = object.Config();
    json.get_object()["name"] = std::string(object.class_name());
    return json;
  }

  absl::Status Unknown(absl::string_view name) const {
    return InvalidArgumentError(
        absl::StrCat("unknown ", Noun(), " \"", name, "\"", PerhapsOf(name, Names())));
  }

  // Sorted.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const Class& c : classes_) names.push_back(c.name);
    std::sort(names.begin(), names.end());
    return names;
  }
  std::vector<std::string> Aliases() const {
    std::vector<std::string> names;
    for (const Class& c : classes_) names.insert(names.end(), c.aliases.begin(), c.aliases.end());
    return names;
  }

 private:
  // `kind` without its article.
  std::string Noun() const { return kind_.substr(kind_.find(' ') + 1); }

  std::string kind_;
  std::vector<Class> classes_;
};

}  // namespace dagrad

#endif  // DAGRAD_CONFIG_REGISTRY_H_

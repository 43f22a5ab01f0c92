#ifndef DAGRAD_KERAS_LAYERS_UNIQUE_NAMES_H_
#define DAGRAD_KERAS_LAYERS_UNIQUE_NAMES_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/hash_map.h"

namespace dagrad::keras {

// How Keras makes names unique, of layers, outputs and entries of the logs: the first is "dense",
// the next ones "dense_1", "dense_2", … Names that were taken are passed over.
class UniqueNames {
 public:
  // Takes `name` as it is; false if it is taken.
  bool Take(absl::string_view name) { return taken_.emplace(name).second; }
  // Takes and gives `base`, or the first of base_1, base_2, … that is free.
  std::string Add(absl::string_view base) {
    std::string name(base);
    if (Take(name)) return name;
    int& suffix = next_suffix_[std::string(base)];
    do {
      name = absl::StrCat(base, "_", ++suffix);
    } while (!Take(name));
    return name;
  }

 private:
  HashSet<std::string> taken_;
  HashMap<std::string, int> next_suffix_;
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_UNIQUE_NAMES_H_

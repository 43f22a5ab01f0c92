#ifndef DAGRAD_KERAS_CALLBACKS_PATH_TEMPLATE_H_
#define DAGRAD_KERAS_CALLBACKS_PATH_TEMPLATE_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dagrad::keras::callbacks_internal {

struct NamedNumber {
  std::string name;
  std::variant<int64_t, double> value;
};

// `text` with every {NAME} or {NAME:FORMAT} replaced by the number of that name, as Python's
// str.format: FORMAT is [0][width][.precision][type], type d (of integers), f, e or g; without it
// the shortest text that gives the number back. {{ and }} are braces. InvalidArgument for another
// format, a name that is not there (the message lists those that are), and a lone brace.
absl::StatusOr<std::string> FillTemplate(absl::string_view text,
                                         const std::vector<NamedNumber>& numbers);

}  // namespace dagrad::keras::callbacks_internal

#endif  // DAGRAD_KERAS_CALLBACKS_PATH_TEMPLATE_H_

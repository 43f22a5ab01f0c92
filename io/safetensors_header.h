#ifndef DAGRAD_IO_SAFETENSORS_HEADER_H_
#define DAGRAD_IO_SAFETENSORS_HEADER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dagrad::io {

// One tensor of a safetensors header, as it stands there: nothing is checked but the form.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  std::vector<int64_t> offsets;  // begin and end
};

struct SafetensorsIndex {
  std::vector<SafetensorsEntry> entries;
  std::map<std::string, std::string> metadata;
};

// Reads the JSON without building a tree of it, so memory is bounded by the text. DataLoss for what
// is not of the format: other values, unknown or repeated keys, deeper nesting, text after the end.
absl::StatusOr<SafetensorsIndex> ParseSafetensorsHeader(absl::string_view json);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_SAFETENSORS_HEADER_H_

#ifndef DAGRAD_GRAPH_JSON_EVENTS_H_
#define DAGRAD_GRAPH_JSON_EVENTS_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/json_fwd.h"

namespace dagrad {

// What a JSON text holds, in its order, for readers that need no tree of it. A status that is not
// OK ends the reading. Texts are UTF-8 and last as long as the call.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual absl::Status BeginObject() = 0;
  virtual absl::Status EndObject(size_t members) = 0;
  virtual absl::Status BeginList() = 0;
  virtual absl::Status EndList(size_t items) = 0;
  virtual absl::Status Key(absl::string_view key) = 0;  // before its value
  virtual absl::Status Text(absl::string_view text) = 0;
  virtual absl::Status Scalar(const Json& value) = 0;  // a number, a truth value, or null
};

// The first error of `events`, or InvalidArgument: "no JSON at byte 12".
absl::Status ReadJsonEvents(absl::string_view text, JsonEvents* events);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_JSON_EVENTS_H_

#ifndef DAGRAD_GRAPH_NEAREST_H_
#define DAGRAD_GRAPH_NEAREST_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dagrad {

// The one of `known` with the fewest edits from `name` (a character inserted, removed or replaced,
// or two neighbours swapped; capitals are as small letters); the first of several. "" if none is
// near: more than a third of the longer one's characters differ.
std::string Nearest(absl::string_view name, absl::Span<const std::string> known);

// What a message says after a name that is none of `known`:
//   , perhaps "batch" was meant; known: batch, features
std::string PerhapsOf(absl::string_view name, absl::Span<const std::string> known);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_NEAREST_H_

#ifndef DAGRAD_GRAPH_HASH_MAP_H_
#define DAGRAD_GRAPH_HASH_MAP_H_

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace dagrad {

// The hash tables of this repository. Not Abseil's: those are broken for their destructors where an
// allocation fails while they grow, which must be an error here, not a death (allocation_guard.h).
template <typename K>
struct HashOf : absl::Hash<K> {};

// Strings are found by absl::string_view, without a copy.
template <>
struct HashOf<std::string> {
  using is_transparent = void;
  size_t operator()(absl::string_view text) const { return absl::Hash<absl::string_view>()(text); }
};

template <typename K, typename V>
using HashMap = std::unordered_map<K, V, HashOf<K>, std::equal_to<>>;
template <typename K>
using HashSet = std::unordered_set<K, HashOf<K>, std::equal_to<>>;

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_HASH_MAP_H_

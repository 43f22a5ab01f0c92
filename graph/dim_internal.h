#ifndef DAGRAD_GRAPH_DIM_INTERNAL_H_
#define DAGRAD_GRAPH_DIM_INTERNAL_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace dagrad::dim_internal {

inline constexpr size_t kMaxText = 4096;  // so that what is built can be written and read again
inline constexpr int kMaxDepth = 16;      // of nested divisions

// Whether `s` may name a symbol.
bool IsSymbol(absl::string_view s);

}  // namespace dagrad::dim_internal

#endif  // DAGRAD_GRAPH_DIM_INTERNAL_H_

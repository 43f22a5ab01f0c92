#ifndef DAGRAD_THIRD_PARTY_PRECOMPILED_LIBRARY_HEADERS_H_
#define DAGRAD_THIRD_PARTY_PRECOMPILED_LIBRARY_HEADERS_H_

// The headers of others that most of dagrad's files include: read once in a build, not 900 times.
// A file includes what it uses all the same; builds without it (docs/building.md) see that it does.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#endif  // DAGRAD_THIRD_PARTY_PRECOMPILED_LIBRARY_HEADERS_H_

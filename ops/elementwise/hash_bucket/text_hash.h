#ifndef DAGRAD_OPS_ELEMENTWISE_HASH_BUCKET_TEXT_HASH_H_
#define DAGRAD_OPS_ELEMENTWISE_HASH_BUCKET_TEXT_HASH_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dagrad::ops {

// The hash of a text, the same on every machine and in every release: FarmHash's Fingerprint64
// without a salt, SipHash-2-4 by the key {salt[0], salt[1]} with one, as TensorFlow's
// string_to_hash_bucket_fast and _strong take them. `salt` has 0 or 2 elements. Thread-safe.
uint64_t HashOfText(absl::string_view text, absl::Span<const int64_t> salt);

// That of the number's decimal text.
uint64_t HashOfInteger(int64_t number, absl::Span<const int64_t> salt);
uint64_t HashOfInteger(uint64_t number, absl::Span<const int64_t> salt);

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_ELEMENTWISE_HASH_BUCKET_TEXT_HASH_H_

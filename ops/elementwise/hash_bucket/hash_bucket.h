#ifndef DAGRAD_OPS_ELEMENTWISE_HASH_BUCKET_HASH_BUCKET_H_
#define DAGRAD_OPS_ELEMENTWISE_HASH_BUCKET_HASH_BUCKET_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// y = hash(x) mod num_buckets, element by element: int64, of x's shape, in 0 … num_buckets - 1. The
// hash is that of x's decimal text: FarmHash's Fingerprint64, or SipHash-2-4 by a key of two
// numbers, `salt`, which makes another assignment of each. x: integers. No gradient flows.
//
// Fails with hash_bucket_c1 unless num_buckets >= 1, and hash_bucket_c2 unless salt has 0 or 2
// elements. Source: TensorFlow's string_to_hash_bucket_fast and string_to_hash_bucket_strong of
// as_string, which Keras's Hashing is made of.
Value HashBucket(Operand x, int64_t num_buckets, std::vector<int64_t> salt = {});

namespace ops {
const OpDef& HashBucketOp();  // "HashBucket": attributes num_buckets (int), salt (ints)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_ELEMENTWISE_HASH_BUCKET_HASH_BUCKET_H_

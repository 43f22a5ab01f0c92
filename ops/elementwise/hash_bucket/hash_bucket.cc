#include "dagrad/ops/elementwise/hash_bucket/hash_bucket.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/elementwise/hash_bucket/hash_bucket_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const auto num_buckets = c.attr<int64_t>("num_buckets");
  if (num_buckets < 1) {
    return InferContext::Fail("hash_bucket_c1",
                              absl::StrCat("num_buckets ", num_buckets, " is below 1"));
  }
  const size_t salts = c.attr<std::vector<int64_t>>("salt").size();
  if (salts != 0 && salts != 2) {
    return InferContext::Fail("hash_bucket_c2",
                              absl::StrCat("salt has ", salts, " elements, not 0 or 2"));
  }
  c.SetOutput(0, DType::kInt64, c.shape(0));
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "HashBucket",
          .label = "hash_bucket",
          .doc =
              "Bucket by hash: y = hash(x) mod num_buckets.\n"
              "The hash is that of x's decimal text: FarmHash's Fingerprint64, or SipHash-2-4\n"
              "with salt as its key.",
          .inputs = {{.name = "x",
                      .dtypes = kIntegerTypes,
                      .doc = "tensor of any shape",
                      .differentiable = false}},
          .outputs = {{"y", {DType::kInt64}, "", "buckets, of x's shape"}},
          .attrs = {{"num_buckets", AttrKind::kInt, std::nullopt, "number of buckets, 1 or more"},
                    {"salt", AttrKind::kInts, Attribute(std::vector<int64_t>()),
                     "the two halves of SipHash's key; empty: FarmHash"}},
          .traits = kElementwise,
          .constraints = {{"hash_bucket_c1", "num_buckets is 1 or more"},
                          {"hash_bucket_c2", "salt has 0 or 2 elements"}},
          .infer = Infer,
          .make_kernel = ops::hash_bucket_internal::MakeKernel,
          .samples = ops::hash_bucket_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& HashBucketOp() { return Singleton<Make>(); }
}  // namespace ops

Value HashBucket(Operand x, int64_t num_buckets, std::vector<int64_t> salt) {
  return AddNode(ops::HashBucketOp(), {x},
                 {{"num_buckets", num_buckets}, {"salt", std::move(salt)}});
}

}  // namespace dagrad

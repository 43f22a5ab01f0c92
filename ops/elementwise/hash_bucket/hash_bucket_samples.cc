#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/tensor.h"
#include "dagrad/ops/elementwise/hash_bucket/hash_bucket_internal.h"

namespace dagrad::ops::hash_bucket_internal {
namespace {

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kGreatest = std::numeric_limits<int64_t>::max();

// By TensorFlow 2.21: strings.to_hash_bucket_fast, or _strong, of strings.as_string(x).
Sample Known(std::string name, std::vector<int64_t> salt, const std::vector<int64_t>& expected) {
  Sample s;
  s.name = std::move(name);
  s.inputs = {
      InputSample::Given(Tensor::Of<int64_t>({7}, {0, -1, 7, 12, 123456789, kLeast, kGreatest}))};
  s.attrs = {{"num_buckets", 1000}, {"salt", std::move(salt)}};
  s.smooth = false;
  s.expected = {Tensor::Of<int64_t>({7}, expected)};
  return s;
}

Sample Draw(std::string name, DType dtype, Dims dims) {
  Sample s;
  s.name = std::move(name);
  s.inputs = {InputSample::Of(dtype, std::move(dims), 0, 100)};
  s.attrs = {{"num_buckets", 7}};
  s.smooth = false;
  return s;
}

}  // namespace

Samples MakeSamples() {
  Sample large;
  large.name = "uint64";
  large.inputs = {InputSample::Given(
      Tensor::Of<uint64_t>({3}, {0, 255, std::numeric_limits<uint64_t>::max()}))};
  large.attrs = {{"num_buckets", 1000}};
  large.smooth = false;
  large.expected = {Tensor::Of<int64_t>({3}, {735, 741, 233})};
  Samples s;
  s.samples = {Known("known", {}, {735, 430, 88, 888, 306, 112, 319}),
               Known("salt", {1337, -1}, {99, 391, 892, 671, 972, 75, 852}),
               std::move(large),
               Draw("int32", DType::kInt32, {3, 5}),
               Draw("rank_0", DType::kInt64, {}),
               Draw("empty", DType::kUInt8, {2, 0})};
  s.violations = {{"hash_bucket_c1", {{DType::kInt32, {2}}}, {{"num_buckets", 0}}},
                  {"hash_bucket_c2",
                   {{DType::kInt32, {2}}},
                   {{"num_buckets", 3}, {"salt", std::vector<int64_t>{1}}}}};
  return s;
}

}  // namespace dagrad::ops::hash_bucket_internal

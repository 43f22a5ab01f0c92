#include <limits>
#include <utility>

#include "absl/types/span.h"
#include "dagrad/ops/creation/random/random_golden.h"
#include "dagrad/ops/creation/random/random_internal.h"

namespace dagrad::ops::random_internal {
namespace {

InputSample Key() { return InputSample::Given(Tensor::Of<int64_t>({2}, random_golden::kKey)); }

AttrMap With(AttrMap attrs, absl::string_view name, Attribute value) {
  attrs.Set(name, std::move(value));
  return attrs;
}

// `attrs` gives everything but shape, dtype and stream.
Sample Draw(const std::string& name, Dims dims, const AttrMap& attrs, int64_t stream) {
  Sample s;
  s.name = name;
  s.inputs = {Key()};
  s.attrs = attrs;
  s.attrs.Set("shape", Shape(absl::MakeConstSpan(dims)));
  s.attrs.Set("dtype", DType::kFloat64);
  s.attrs.Set("stream", stream);
  s.smooth = false;
  return s;
}

Samples MakeSamples(const AttrMap& attrs, absl::Span<const double> golden) {
  Samples s;
  Sample known = Draw("known_values", {2, 5}, attrs, random_golden::kStream);
  known.expected = {Tensor::Of<double>({2, 5}, golden)};
  s.samples.push_back(std::move(known));
  s.samples.push_back(Draw("defaults", {3, 7}, {}, 0));
  s.samples.push_back(Draw("scalar", {}, attrs, -1));
  s.samples.push_back(Draw("empty", {4, 0}, attrs, 1));
  s.samples.push_back(Draw("several_shards", {251, 101}, attrs, int64_t{1} << 40));
  return s;
}

void AddCommonViolations(absl::string_view c1, absl::string_view c2, Samples* s) {
  const ValueType key{DType::kInt64, {2}};
  s->violations.push_back({c1, {{DType::kInt64, {3}}}, {{"shape", Shape({2})}}});
  s->violations.push_back({c1, {{DType::kInt64, {1, 2}}}, {{"shape", Shape({2})}}});
  s->violations.push_back({c2, {key}, {{"shape", Shape({2})}, {"dtype", DType::kInt32}}});
}

}  // namespace

Samples MakeUniformSamples() {
  Samples s = MakeSamples({{"lo", -1.0}, {"hi", 3.0}}, random_golden::kUniform);
  AddCommonViolations("random_uniform_c1", "random_uniform_c2", &s);
  const ValueType key{DType::kInt64, {2}};
  const AttrMap shape = {{"shape", Shape({2})}};
  s.violations.push_back({"random_uniform_c3", {key}, With(shape, "lo", 1.0)});
  s.violations.push_back({"random_uniform_c3", {key}, With(shape, "hi", 1e300)});
  s.violations.push_back(
      {"random_uniform_c3", {key}, With(With(shape, "lo", 1.0), "hi", 1 + 1e-12)});
  return s;
}

Samples MakeNormalSamples() {
  Samples s = MakeSamples({{"mean", 1.0}, {"stddev", 2.0}}, random_golden::kNormal);
  s.samples.push_back(Draw("constant", {3}, {{"mean", -2.0}, {"stddev", 0.0}}, 0));
  AddCommonViolations("random_normal_c1", "random_normal_c2", &s);
  const ValueType key{DType::kInt64, {2}};
  const AttrMap shape = {{"shape", Shape({2})}};
  s.violations.push_back({"random_normal_c3", {key}, With(shape, "stddev", -1.0)});
  s.violations.push_back(
      {"random_normal_c3", {key}, With(shape, "mean", std::numeric_limits<double>::infinity())});
  return s;
}

Samples MakeTruncatedNormalSamples() {
  Samples s = MakeSamples({{"mean", 1.0}, {"stddev", 2.0}}, random_golden::kTruncatedNormal);
  AddCommonViolations("truncated_normal_c1", "truncated_normal_c2", &s);
  const ValueType key{DType::kInt64, {2}};
  s.violations.push_back({"truncated_normal_c3", {key}, {{"shape", Shape({2})}, {"stddev", -1.0}}});
  return s;
}

}  // namespace dagrad::ops::random_internal

#include "dagrad/ops/control/call/call_internal.h"
#include "dagrad/ops/control/sample_bodies.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"

namespace dagrad::ops::call_internal {
namespace {

// (a sin b, b), of any length.
BodyPtr ProductAndOperand() {
  const ValueType n = {DType::kFloat64, {"n"}};
  return SampleBody({n, n}, [](absl::Span<const Value> in) {
    return Values{in[0] * Sin(in[1]), in[1]};
  });
}

BodyPtr Same() {
  return SampleBody(TypesOfAllDTypes(), [](absl::Span<const Value> in) {
    return Values(std::vector<Value>(in.begin(), in.end()));
  });
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  s.samples = {
      {.name = "product",
       .inputs = {InputSample::Float({5}), InputSample::Float({5})},
       .attrs = {{"function", ProductAndOperand()}}},
      {.name = "any_dtypes",
       .inputs = ScalarsOfAllDTypes(),
       .attrs = {{"function", Same()}},
       .smooth = false},
  };
  const ValueType vector = {DType::kFloat64, {5}}, longer = {DType::kFloat64, {6}};
  s.violations = {
      {"call_c1", {vector}, {{"function", ProductAndOperand()}}},
      {"call_c1", {vector, longer}, {{"function", ProductAndOperand()}}},
      {"call_c1", {vector, {DType::kInt64, {5}}}, {{"function", ProductAndOperand()}}},
  };
  return s;
}

}  // namespace dagrad::ops::call_internal

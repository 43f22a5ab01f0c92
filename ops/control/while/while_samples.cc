#include "dagrad/ops/control/sample_bodies.h"
#include "dagrad/ops/control/while/while_internal.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/unary/unary.h"

namespace dagrad::ops::while_internal {
namespace {

using Ints = std::vector<int64_t>;

const ValueType kCount = {DType::kInt64, {}};
const ValueType kN = {DType::kFloat64, {"n"}};
const std::vector<ValueType> kTypes = {kN, kCount, kN};

AttrMap Attrs(BodyPtr condition, BodyPtr body) {
  return {{"condition", std::move(condition)}, {"body", std::move(body)}};
}

AttrMap With(AttrMap attrs, absl::string_view name, Attribute value) {
  attrs.Set(name, std::move(value));
  return attrs;
}

BodyPtr CountBelow(double limit) {
  return SampleBody(kTypes, [&](absl::Span<const Value> in) { return Values{Less(in[1], limit)}; });
}

// c' = sin(c) w; the count.
BodyPtr SineTimesW() {
  return SampleBody(kTypes, [](absl::Span<const Value> in) {
    return Values{Sin(in[0]) * in[2], in[1] + 1.0};
  });
}

BodyPtr AsFloat() {
  return SampleBody(kTypes, [](absl::Span<const Value> in) { return Values{in[0], in[0]}; });
}

BodyPtr Same(const std::vector<ValueType>& types) {
  return SampleBody(types, [](absl::Span<const Value> in) {
    return Values(std::vector<Value>(in.begin(), in.end()));
  });
}

BodyPtr Last(const std::vector<ValueType>& types) {
  return SampleBody(types, [](absl::Span<const Value> in) { return Values{in.back()}; });
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  const InputSample count = InputSample::Given(Tensor::Scalar(int64_t{0}));
  const InputSample c = InputSample::Float({3}, 0.5, 1.5);
  const AttrMap loop = With(Attrs(CountBelow(3), SineTimesW()), "max_iterations", 5);
  s.samples = {
      {.name = "counted", .inputs = {c, count, c}, .attrs = loop},
      {.name = "bound", .inputs = {c, count, c}, .attrs = With(loop, "max_iterations", 2)},
      {.name = "kept", .inputs = {c, count, c}, .attrs = With(loop, "kept", Ints{1, 0})},
      {.name = "no_steps",
       .inputs = {c, count, c},
       .attrs = With(Attrs(CountBelow(0), SineTimesW()), "max_iterations", 4)},
      // Its last carried value is a bool: false at once.
      {.name = "any_dtypes",
       .inputs = ScalarsOfAllDTypes(),
       .attrs =
           With(Attrs(Last(TypesOfAllDTypes()), Same(TypesOfAllDTypes())), "max_iterations", 2),
       .smooth = false},
  };
  const ValueType vector = {DType::kFloat64, {3}};
  const std::vector<ValueType> types = {vector, kCount, vector};
  const ValueType other = {DType::kFloat64, {4}};
  s.violations = {
      {"while_c1", {vector, kCount, other}, loop},
      {"while_c2", types, Attrs(SineTimesW(), SineTimesW())},
      {"while_c2", types, Attrs(AsFloat(), SineTimesW())},
      {"while_c3", types, Attrs(CountBelow(3), Same({kN, kCount}))},
      {"while_c4", types, Attrs(CountBelow(3), AsFloat())},
      {"while_c5", types, With(loop, "max_iterations", -1)},
      {"while_c6", types, With(loop, "kept", Ints{2})},
      {"while_c6", types, With(With(loop, "max_iterations", 0), "kept", Ints{0})},
  };
  return s;
}

}  // namespace dagrad::ops::while_internal

#include "dagrad/ops/control/custom_gradient/custom_gradient_internal.h"
#include "dagrad/ops/control/sample_bodies.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/unary/unary.h"

namespace dagrad::ops::custom_gradient_internal {
namespace {

using In = absl::Span<const Value>;

const ValueType kVector = {DType::kFloat64, {"n"}};
const ValueType kCount = {DType::kInt64, {}};

// (a sin b, eᵃ), and the gradient that it has, by which it can be checked.
AttrMap Product() {
  return {{"function", SampleBody({kVector, kVector},
                                  [](In x) {
                                    return Values{x[0] * Sin(x[1]), Exp(x[0])};
                                  })},
          {"gradient", SampleBody({kVector, kVector, kVector, kVector, kVector, kVector},
                                  [](In in) {
                                    const Value a = in[0], b = in[1], exp = in[3], dy = in[4],
                                                dexp = in[5];
                                    return Values{dy * Sin(b) + dexp * exp, dy * a * Cos(b)};
                                  })},
          {"num_operands", int64_t{2}}};
}

// k x³, with the gradient by x.
AttrMap Cube() {
  return {{"function",
           SampleBody({kVector, kCount},
                      [](In in) { return in[0] * in[0] * in[0] * Cast(in[1], DType::kFloat64); })},
          {"gradient", SampleBody({kVector, kVector, kVector, kCount},
                                  [](In in) {
                                    return in[2] * 3 * in[0] * in[0] * Cast(in[3], DType::kFloat64);
                                  })},
          {"num_operands", int64_t{1}}};
}

AttrMap Same() {
  const std::vector<ValueType> types = TypesOfAllDTypes();
  std::vector<ValueType> all = types;
  all.insert(all.end(), types.begin(), types.end());
  for (const ValueType& type : types) {
    if (IsFloating(type.dtype)) all.push_back(type);
  }
  const size_t first = 2 * types.size();
  return {
      {"function",
       SampleBody(types, [](In in) { return Values(std::vector(in.begin(), in.end())); })},
      {"gradient",
       SampleBody(all, [&](In in) { return Values(std::vector(in.begin() + first, in.end())); })},
      {"num_operands", static_cast<int64_t>(types.size())}};
}

AttrMap With(AttrMap attrs, absl::string_view name, Attribute value) {
  attrs.Set(name, std::move(value));
  return attrs;
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  s.samples = {
      {.name = "product",
       .inputs = {InputSample::Float({5}), InputSample::Float({5})},
       .attrs = Product()},
      {.name = "value_from_outside",
       .inputs = {InputSample::Float({4}), InputSample::Of(DType::kInt64, {}, 1, 4)},
       .attrs = Cube()},
      {.name = "any_dtypes", .inputs = ScalarsOfAllDTypes(), .attrs = Same(), .smooth = false},
  };
  const ValueType five = {DType::kFloat64, {5}}, six = {DType::kFloat64, {6}};
  const BodyPtr one = SampleBody({kVector, kVector, kVector, kVector, kVector, kVector},
                                 [](In in) { return in[4]; });
  s.violations = {
      {"custom_gradient_c1", {five}, With(Product(), "num_operands", int64_t{1})},
      {"custom_gradient_c1", {five, six}, Product()},
      {"custom_gradient_c3", {five, five}, With(Product(), "num_operands", int64_t{1})},
      {"custom_gradient_c2",
       {five, five},
       With(Product(), "gradient", Cube().Get<BodyPtr>("gradient"))},
      {"custom_gradient_c3", {five, five}, With(Product(), "gradient", one)},
      {"custom_gradient_c4", {five, five}, With(Product(), "num_operands", int64_t{3})},
      {"custom_gradient_c4", {five, five}, With(Product(), "num_operands", int64_t{-1})},
  };
  return s;
}

}  // namespace dagrad::ops::custom_gradient_internal

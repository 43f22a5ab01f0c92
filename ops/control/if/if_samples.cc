#include "dagrad/ops/control/if/if_internal.h"
#include "dagrad/ops/control/sample_bodies.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"

namespace dagrad::ops::if_internal {
namespace {

const ValueType kN = {DType::kFloat64, {"n"}};

AttrMap Branches(BodyPtr then_branch, BodyPtr else_branch) {
  return {{"then_branch", std::move(then_branch)}, {"else_branch", std::move(else_branch)}};
}

BodyPtr Product() {
  return SampleBody({kN, kN}, [](absl::Span<const Value> in) {
    return Values{in[0] * in[1], in[0]};
  });
}

BodyPtr Sine() {
  return SampleBody({kN, kN}, [](absl::Span<const Value> in) {
    return Values{Sin(in[0]), Square(in[1])};
  });
}

BodyPtr Same() {
  return SampleBody(TypesOfAllDTypes(), [](absl::Span<const Value> in) {
    return Values(std::vector<Value>(in.begin(), in.end()));
  });
}

BodyPtr First() {
  return SampleBody({kN, kN}, [](absl::Span<const Value> in) { return Values{in[0]}; });
}

BodyPtr NoOperands(double value) {
  GraphBuilder builder("sample");
  builder.Output("out0", Constant(&builder, Tensor::Scalar(value)));
  absl::StatusOr<Function> function = builder.Build();
  return function.ok() ? Body::Make(*std::move(function)).value_or(nullptr) : nullptr;
}

InputSample Condition(bool value) { return InputSample::Given(Tensor::Scalar(value)); }

}  // namespace

Samples MakeSamples() {
  Samples s;
  for (bool taken : {true, false}) {
    s.samples.push_back(
        {.name = taken ? "then" : "else",
         .inputs = {Condition(taken), InputSample::Float({4}), InputSample::Float({4})},
         .attrs = Branches(Product(), Sine())});
  }
  std::vector<InputSample> all = ScalarsOfAllDTypes();
  all.insert(all.begin(), Condition(true));
  s.samples.push_back(
      {.name = "any_dtypes", .inputs = all, .attrs = Branches(Same(), Same()), .smooth = false});
  s.samples.push_back({.name = "no_operands",
                       .inputs = {Condition(false)},
                       .attrs = Branches(NoOperands(1), NoOperands(2)),
                       .smooth = false,
                       .expected = {Tensor::Scalar(2.0)}});
  const ValueType condition = {DType::kBool, {}}, vector = {DType::kFloat64, {4}};
  s.violations = {
      {"if_c1", {{DType::kBool, {1}}, vector, vector}, Branches(Product(), Sine())},
      {"if_c2", {condition, vector}, Branches(Product(), Sine())},
      {"if_c2", {condition, vector, {DType::kFloat64, {5}}}, Branches(Product(), Sine())},
      {"if_c3", {condition, vector, vector}, Branches(Product(), First())},
  };
  return s;
}

}  // namespace dagrad::ops::if_internal

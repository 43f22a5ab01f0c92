#include "dagrad/ops/control/sample_bodies.h"
#include "dagrad/ops/control/scan/scan_internal.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"

namespace dagrad::ops::scan_internal {
namespace {

using Ints = std::vector<int64_t>;

const ValueType kN = {DType::kFloat64, {"n"}};

AttrMap Attrs(BodyPtr body, int64_t carried, int64_t scanned) {
  return {{"body", std::move(body)}, {"num_carried", carried}, {"num_scanned", scanned}};
}

AttrMap With(AttrMap attrs, absl::string_view name, Attribute value) {
  attrs.Set(name, std::move(value));
  return attrs;
}

// c' = tanh(w c + x), y = c x.
BodyPtr Recurrence() {
  return SampleBody({kN, kN, kN}, [](absl::Span<const Value> in) {
    return Values{Tanh(in[2] * in[0] + in[1]), in[0] * in[1]};
  });
}

// c' = c + c w, nothing else.
BodyPtr Growth() {
  return SampleBody({kN, kN},
                    [](absl::Span<const Value> in) { return Values{in[0] + in[0] * in[1]}; });
}

// y = x², nothing is carried.
BodyPtr Squares() {
  return SampleBody({kN}, [](absl::Span<const Value> in) { return Values{Square(in[0])}; });
}

BodyPtr Same() {
  return SampleBody(TypesOfAllDTypes(), [](absl::Span<const Value> in) {
    return Values(std::vector<Value>(in.begin(), in.end()));
  });
}

BodyPtr Nothing() {
  return SampleBody({kN, kN, kN}, [](absl::Span<const Value> in) { return Values{in[0]}; });
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  const InputSample c = InputSample::Float({3}), x = InputSample::Float({4, 3});
  const AttrMap growth = Attrs(Growth(), 1, 0);
  s.samples = {
      {.name = "recurrence", .inputs = {c, x, c}, .attrs = Attrs(Recurrence(), 1, 1)},
      {.name = "reverse",
       .inputs = {c, x, c},
       .attrs = With(Attrs(Recurrence(), 1, 1), "reverse", true)},
      {.name = "kept",
       .inputs = {c, x, c},
       .attrs = With(Attrs(Recurrence(), 1, 1), "kept", Ints{0})},
      {.name = "no_steps",
       .inputs = {c, InputSample::Float({0, 3}), c},
       .attrs = Attrs(Recurrence(), 1, 1)},
      {.name = "length",
       .inputs = {InputSample::Given(Tensor::Of<double>({2}, {1, 2})),
                  InputSample::Given(Tensor::Of<double>({2}, {1, -0.5}))},
       .attrs = With(growth, "length", Shape{3}),
       .expected = {Tensor::Of<double>({2}, {8, 0.25})}},
      {.name = "nothing_carried", .inputs = {x}, .attrs = Attrs(Squares(), 0, 1)},
      {.name = "any_dtypes",
       .inputs = ScalarsOfAllDTypes(),
       .attrs = With(Attrs(Same(), 6, 0), "length", Shape{2}),
       .smooth = false},
  };
  const ValueType vector = {DType::kFloat64, {3}}, matrix = {DType::kFloat64, {4, 3}};
  const AttrMap recurrence = Attrs(Recurrence(), 1, 1);
  s.violations = {
      {"scan_c1", {vector, matrix, vector}, Attrs(Recurrence(), 1, 3)},
      {"scan_c1", {vector, matrix, vector}, Attrs(Recurrence(), -1, 1)},
      {"scan_c2", {vector, {DType::kFloat64, {}}, vector}, recurrence},
      {"scan_c2", {vector, matrix, vector}, With(recurrence, "length", Shape{5})},
      {"scan_c2", {vector, matrix, vector}, With(recurrence, "length", Shape{4, 4})},
      {"scan_c2", {vector, vector}, growth},
      {"scan_c3", {vector, matrix, {DType::kFloat64, {4}}}, recurrence},
      {"scan_c3", {vector, matrix}, recurrence},
      {"scan_c4", {vector, vector, matrix}, Attrs(Nothing(), 2, 1)},
      {"scan_c5", {vector, matrix, vector}, With(recurrence, "kept", Ints{1})},
      {"scan_c5", {vector, matrix, vector}, With(recurrence, "kept", Ints{0, 0})},
  };
  return s;
}

}  // namespace dagrad::ops::scan_internal

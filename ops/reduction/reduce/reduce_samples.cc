#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/reduction/reduce/reduce_internal.h"

namespace dagrad::ops::reduce_internal {
namespace {

using Ints = std::vector<int64_t>;
using Make = InputSample (*)(Dims dims);

AttrMap Attrs(Ints axes, bool keepdims = false) {
  return {{"axes", std::move(axes)}, {"keepdims", keepdims}};
}

InputSample Spread(Dims dims) { return InputSample::Float(std::move(dims), -2, 2); }
InputSample NearOne(Dims dims) { return InputSample::Float(std::move(dims), 0.7, 1.4); }
InputSample NoTies(Dims dims) { return InputSample::Distinct(std::move(dims), -2, 2); }
InputSample Bools(Dims dims) { return InputSample::Of(DType::kBool, std::move(dims)); }

// Every arrangement of kept and reduced axes, few and many of each; `many` elements reach the
// kernels' second phase.
void AddArrangements(Make make, bool smooth, int64_t many, Samples* s) {
  const auto add = [&](std::string name, Dims dims, AttrMap attrs, double tolerance = 1e-5) {
    s->samples.push_back(
        {std::move(name), {make(std::move(dims))}, std::move(attrs), smooth, tolerance});
  };
  constexpr double kCancellation = 2e-4;  // sums near 0 of many numbers up to 2
  add("all", {2, 3}, {});
  add("all_keepdims", {2, 3}, Attrs({}, true));
  add("columns", {3, 70}, Attrs({1}));
  add("rows", {5, 4}, Attrs({0}));
  add("rows_folded", {70, 4}, Attrs({0}));
  add("rows_wide", {6, 80}, Attrs({0}, true));
  add("middle_negative", {2, 5, 3}, Attrs({-2}));
  add("outer_and_inner", {3, 2, 5}, Attrs({0, 2}, true));
  add("alternating", {2, 2, 3, 2, 2}, Attrs({1, 3}));
  add("size_one_axes", {1, 4, 1}, Attrs({0, 2}));
  add("nothing_to_reduce", {2, 1, 3}, Attrs({1}));
  add("scalar", {}, {});
  add("no_outputs", {0, 3}, Attrs({1}));
  if (many == 0) return;
  add("many_to_one", {many}, {}, kCancellation);
  add("many_to_rows", {many / 4, 4}, Attrs({0}), kCancellation);
  add("many_tiles", {3, 1500}, Attrs({0}));
  add("many_outputs", {many / 40, 40}, Attrs({1}));
}

void AddViolations(absl::string_view c1, absl::string_view c2, DType dtype, Samples* s) {
  s->violations = {{c1, {{dtype, {2, 3}}}, Attrs({2})},
                   {c1, {{dtype, {2, 3}}}, Attrs({-3})},
                   {c1, {{dtype, {}}}, Attrs({0})},
                   {c2, {{dtype, {2, 3}}}, Attrs({1, -1})}};
}

template <typename T>
void AddIntegers(DType dtype, T expected, Samples* s) {
  s->samples.push_back(
      {std::string(DTypeName(dtype)),
       {InputSample::Given(Tensor::Of<T>({2, 3}, {T(3), T(7), T(1), T(9), T(2), T(5)}))},
       {},
       false,
       0,
       {Tensor::Scalar<T>(expected)}});
  s->samples.push_back({absl::StrCat(DTypeName(dtype), "_many"),
                        {InputSample::Of(dtype, {300, 260}, 0, 100)},
                        Attrs({0}),
                        false});
}

void AddEmpty(double identity, Samples* s) {
  s->samples.push_back({"of_nothing",
                        {InputSample::Float({2, 0})},
                        Attrs({1}),
                        true,
                        0,
                        {Tensor::Full(DType::kFloat64, {2}, identity)}});
}

void AddKnown(Dims dims, std::initializer_list<double> x, AttrMap attrs,
              std::initializer_list<double> y, bool smooth, std::string name, Samples* s) {
  s->samples.push_back({std::move(name),
                        {InputSample::Given(Tensor::Of<double>(dims, x))},
                        std::move(attrs),
                        smooth,
                        1e-6,
                        {Tensor::Of<double>({static_cast<int64_t>(y.size())}, y)}});
}

}  // namespace

Samples SumSamples() {
  Samples s;
  AddArrangements(Spread, true, 200000, &s);
  AddKnown({2, 3}, {1, 2, 3, 4, 5, 6}, Attrs({0}), {5, 7, 9}, true, "known", &s);
  AddEmpty(0, &s);
  AddIntegers<int32_t>(DType::kInt32, 27, &s);
  AddIntegers<int64_t>(DType::kInt64, 27, &s);
  AddIntegers<uint8_t>(DType::kUInt8, 27, &s);
  AddViolations("reduce_sum_c1", "reduce_sum_c2", DType::kFloat32, &s);
  return s;
}

Samples MeanSamples() {
  Samples s;
  AddArrangements(Spread, true, 200000, &s);
  AddKnown({2, 3}, {1, 2, 3, 4, 5, 6}, Attrs({1}), {2, 5}, true, "known", &s);
  AddViolations("reduce_mean_c1", "reduce_mean_c2", DType::kFloat32, &s);
  return s;
}

Samples ProdSamples() {
  Samples s;
  AddArrangements(NearOne, true, 0, &s);
  AddKnown({2, 3}, {1, 2, 3, 4, 5, 6}, Attrs({1}), {6, 120}, true, "known", &s);
  AddKnown({3, 3}, {1, 2, 3, 0, 5, 6, 0, 0, 2}, Attrs({-1}), {6, 0, 0}, true, "zeros", &s);
  AddKnown({2, 2, 2}, {0, 2, 3, 4, 5, 0, 0, 8}, Attrs({0, 2}), {0, 0}, true, "zeros_of_two_axes",
           &s);
  AddEmpty(1, &s);
  AddIntegers<int32_t>(DType::kInt32, 1890, &s);
  AddIntegers<int64_t>(DType::kInt64, 1890, &s);
  AddIntegers<uint8_t>(DType::kUInt8, 1890 % 256, &s);
  AddViolations("reduce_prod_c1", "reduce_prod_c2", DType::kFloat32, &s);
  return s;
}

Samples MaxSamples() {
  Samples s;
  AddArrangements(NoTies, true, 200000, &s);
  AddKnown({2, 3}, {1, 5, 3, 4, -5, 6}, Attrs({1}), {5, 6}, true, "known", &s);
  AddKnown({2, 3}, {1, 5, 5, 6, -5, 6}, Attrs({1}), {5, 6}, false, "ties", &s);
  AddEmpty(-std::numeric_limits<double>::infinity(), &s);
  AddIntegers<int32_t>(DType::kInt32, 9, &s);
  AddIntegers<int64_t>(DType::kInt64, 9, &s);
  AddIntegers<uint8_t>(DType::kUInt8, 9, &s);
  AddViolations("reduce_max_c1", "reduce_max_c2", DType::kFloat32, &s);
  return s;
}

Samples MinSamples() {
  Samples s;
  AddArrangements(NoTies, true, 200000, &s);
  AddKnown({2, 3}, {1, 5, 3, 4, -5, 6}, Attrs({1}), {1, -5}, true, "known", &s);
  AddKnown({2, 3}, {1, 1, 5, 6, -5, -5}, Attrs({1}), {1, -5}, false, "ties", &s);
  AddEmpty(std::numeric_limits<double>::infinity(), &s);
  AddIntegers<int32_t>(DType::kInt32, 1, &s);
  AddIntegers<int64_t>(DType::kInt64, 1, &s);
  AddIntegers<uint8_t>(DType::kUInt8, 1, &s);
  AddViolations("reduce_min_c1", "reduce_min_c2", DType::kFloat32, &s);
  return s;
}

Samples AnySamples() {
  Samples s;
  AddArrangements(Bools, false, 200000, &s);
  s.samples.push_back(
      {"known",
       {InputSample::Given(Tensor::Of<bool>({3, 2}, {false, false, true, false, true, true}))},
       Attrs({1}),
       false,
       0,
       {Tensor::Of<bool>({3}, {false, true, true})}});
  AddViolations("reduce_any_c1", "reduce_any_c2", DType::kBool, &s);
  return s;
}

Samples AllSamples() {
  Samples s;
  AddArrangements(Bools, false, 200000, &s);
  s.samples.push_back(
      {"known",
       {InputSample::Given(Tensor::Of<bool>({3, 2}, {false, false, true, false, true, true}))},
       Attrs({1}),
       false,
       0,
       {Tensor::Of<bool>({3}, {false, false, true})}});
  AddViolations("reduce_all_c1", "reduce_all_c2", DType::kBool, &s);
  return s;
}

}  // namespace dagrad::ops::reduce_internal

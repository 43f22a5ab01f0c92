#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy_golden.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy_internal.h"

namespace dagrad::ops::cross_entropy_internal {
namespace {

using cross_entropy_golden::kClasses;
using cross_entropy_golden::kDenseDx;
using cross_entropy_golden::kDenseLoss;
using cross_entropy_golden::kDy;
using cross_entropy_golden::kG;
using cross_entropy_golden::kSigmoidLoss;
using cross_entropy_golden::kSparseDx;
using cross_entropy_golden::kSparseLoss;
using cross_entropy_golden::kX;
using cross_entropy_golden::kZ;

Tensor Logits(absl::Span<const double> values) { return Tensor::Of<double>({2, 3, 5}, values); }
Tensor PerExample(absl::Span<const double> values) { return Tensor::Of<double>({2, 3}, values); }
InputSample Labels(DType dtype) {
  return InputSample::Given(*Tensor::Of<int64_t>({2, 3}, kClasses).Cast(dtype));
}

constexpr ValueType (*F)(Shape) = [](Shape shape) {
  return ValueType{DType::kFloat32, std::move(shape)};
};
constexpr ValueType (*I)(Shape) = [](Shape shape) {
  return ValueType{DType::kInt32, std::move(shape)};
};

// A logit of -inf, of probability 0, whose label is 0.
Sample ImpossibleClass() {
  const double inf = std::numeric_limits<double>::infinity();
  return {"impossible_class",
          {InputSample::Given(Tensor::Of<double>({1, 3}, {1, -inf, 1})),
           InputSample::Given(Tensor::Of<double>({1, 3}, {0.5, 0, 0.5}))},
          {},
          false,
          1e-5,
          {Tensor::Of<double>({1}, {0.69314718055994531})}};
}

}  // namespace

Samples MakeDenseSamples() {
  const auto x = [](Dims dims, double lo, double hi) {
    return InputSample::Float(std::move(dims), lo, hi);
  };
  Samples s;
  s.samples = {{"known_values",
                {InputSample::Given(Logits(kX)), InputSample::Given(Logits(kZ))},
                {},
                true,
                1e-5,
                {PerExample(kDenseLoss)}},
               ImpossibleClass(),
               {"one_example", {x({4}, -3, 3), x({4}, 0, 1)}},
               {"large_logits", {x({3, 4}, -1000, 1000), x({3, 4}, 0, 1)}, {}, true, 1e-4},
               {"many_classes", {x({2, 131}, -3, 3), x({2, 131}, 0, 0.01)}},
               {"no_examples", {x({0, 4}, -1, 1), x({0, 4}, 0, 1)}},
               {"no_classes",
                {x({2, 0}, -1, 1), x({2, 0}, 0, 1)},
                {},
                true,
                1e-5,
                {Tensor::Of<double>({2}, {0, 0})}}};
  s.violations = {{"softmax_cross_entropy_c1", {F({}), F({})}},
                  {"softmax_cross_entropy_c2", {F({2, 3}), F({2})}},
                  {"softmax_cross_entropy_c2", {F({"batch", 3}), F({"batch", 4})}}};
  return s;
}

Samples MakeDenseGradSamples() {
  const auto x = [](Dims dims, double lo, double hi) {
    return InputSample::Float(std::move(dims), lo, hi);
  };
  Samples s;
  s.samples = {
      {"known_values",
       {InputSample::Given(Logits(kX)), InputSample::Given(Logits(kZ)),
        InputSample::Given(PerExample(kDy))},
       {},
       true,
       1e-5,
       {Logits(kDenseDx)}},
      {"one_example", {x({4}, -3, 3), x({4}, 0, 1), x({}, -1, 1)}},
      {"large_logits", {x({3, 4}, -1000, 1000), x({3, 4}, 0, 1), x({3}, -1, 1)}, {}, true, 1e-4},
      {"many_classes", {x({2, 131}, -3, 3), x({2, 131}, 0, 0.01), x({2}, -1, 1)}},
      {"no_examples", {x({0, 4}, -1, 1), x({0, 4}, 0, 1), x({0}, -1, 1)}},
      {"no_classes", {x({2, 0}, -1, 1), x({2, 0}, 0, 1), x({2}, -1, 1)}}};
  s.violations = {{"softmax_cross_entropy_grad_c1", {F({}), F({}), F({})}},
                  {"softmax_cross_entropy_grad_c2", {F({2, 3}), F({2}), F({2})}},
                  {"softmax_cross_entropy_grad_c3", {F({2, 3}), F({2, 3}), F({3})}}};
  return s;
}

Samples MakeSparseSamples() {
  Samples s;
  for (DType dtype : {DType::kInt32, DType::kInt64}) {
    s.samples.push_back({absl::StrCat("known_values_", DTypeName(dtype)),
                         {InputSample::Given(Logits(kX)), Labels(dtype)},
                         {},
                         true,
                         1e-5,
                         {PerExample(kSparseLoss)}});
  }
  s.samples.push_back(
      {"one_example", {InputSample::Float({4}, -3, 3), InputSample::Of(DType::kInt32, {}, 0, 3)}});
  s.samples.push_back(
      {"large_logits",
       {InputSample::Float({3, 4}, -1000, 1000), InputSample::Of(DType::kInt64, {3}, 0, 3)},
       {},
       true,
       1e-4});
  s.samples.push_back(
      {"many_classes",
       {InputSample::Float({2, 131}, -3, 3), InputSample::Of(DType::kInt32, {2}, 0, 130)}});
  s.samples.push_back(
      {"no_examples", {InputSample::Float({0, 4}), InputSample::Of(DType::kInt32, {0}, 0, 3)}});
  s.violations = {{"sparse_softmax_cross_entropy_c1", {F({}), I({})}},
                  {"sparse_softmax_cross_entropy_c2", {F({2, 3}), I({2, 3})}},
                  {"sparse_softmax_cross_entropy_c2", {F({"batch", 3}), I({"time"})}}};
  return s;
}

Samples MakeSparseGradSamples() {
  Samples s;
  for (DType dtype : {DType::kInt32, DType::kInt64}) {
    s.samples.push_back(
        {absl::StrCat("known_values_", DTypeName(dtype)),
         {InputSample::Given(Logits(kX)), Labels(dtype), InputSample::Given(PerExample(kDy))},
         {},
         true,
         1e-5,
         {Logits(kSparseDx)}});
  }
  s.samples.push_back({"one_example",
                       {InputSample::Float({4}, -3, 3), InputSample::Of(DType::kInt32, {}, 0, 3),
                        InputSample::Float({})}});
  s.samples.push_back({"many_classes",
                       {InputSample::Float({2, 131}, -3, 3),
                        InputSample::Of(DType::kInt32, {2}, 0, 130), InputSample::Float({2})}});
  s.samples.push_back({"no_examples",
                       {InputSample::Float({0, 4}), InputSample::Of(DType::kInt32, {0}, 0, 3),
                        InputSample::Float({0})}});
  s.violations = {{"sparse_softmax_cross_entropy_grad_c1", {F({}), I({}), F({})}},
                  {"sparse_softmax_cross_entropy_grad_c2", {F({2, 3}), I({3}), F({2})}},
                  {"sparse_softmax_cross_entropy_grad_c3", {F({2, 3}), I({2}), F({3})}}};
  return s;
}

Sample InfiniteLogits() {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto of = [](absl::Span<const double> v) { return Tensor::Of<double>({7}, v); };
  return {"infinite_logits",
          {InputSample::Given(of({inf, inf, inf, -inf, -inf, -inf, nan})),
           InputSample::Given(of({1, 0.5, 0, 0, 0.5, 1, 1}))},
          {},
          false,
          0,
          {of({0, inf, inf, 0, inf, inf, nan})}};
}

Samples MakeSigmoidSamples() {
  const auto x = [](Dims dims, double lo, double hi) {
    return InputSample::Float(std::move(dims), lo, hi);
  };
  Samples s;
  s.samples = {{"known_values",
                {InputSample::Given(Logits(kX)), InputSample::Given(Logits(kZ))},
                {},
                true,
                1e-5,
                {Logits(kSigmoidLoss)}},
               // The formula has kinks at 0 that cancel: max(x, 0) and |x|.
               {"zero", {InputSample::Given(Tensor::Of<double>({3}, {0, -0.0, 0})), x({3}, 0, 1)}},
               {"large_logits", {x({7}, -1000, 1000), x({7}, 0, 1)}, {}, true, 1e-5},
               InfiniteLogits(),
               {"scalar", {x({}, -3, 3), x({}, 0, 1)}},
               {"several_shards", {x({13, 17}, -10, 10), x({13, 17}, 0, 1)}},
               {"empty", {x({0, 4}, -1, 1), x({0, 4}, 0, 1)}}};
  s.violations = {{"sigmoid_cross_entropy_c1", {F({2, 3}), F({3})}},
                  {"sigmoid_cross_entropy_c1", {F({"batch", 1}), F({"batch"})}}};
  return s;
}

}  // namespace dagrad::ops::cross_entropy_internal

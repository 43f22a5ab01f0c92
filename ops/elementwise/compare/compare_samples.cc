#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/ops/elementwise/compare/compare_internal.h"

namespace dagrad::ops::compare_internal {
namespace {

// Of 1 with 2, 2 with 2, 2 with 1, NaN with 1, 0 with -0: by IEEE 754.
std::vector<bool> Known(Relation relation) {
  switch (relation) {
    case Relation::kEqual:
      return {false, true, false, false, true};
    case Relation::kNotEqual:
      return {true, false, true, true, false};
    case Relation::kLess:
      return {true, false, false, false, false};
    case Relation::kLessEqual:
      return {true, true, false, false, true};
    case Relation::kGreater:
      return {false, false, true, false, false};
    case Relation::kGreaterEqual:
      return {false, true, true, false, true};
  }
  return {};
}

Sample KnownSample(Relation relation) {
  Tensor expected = *Tensor::Zeros(DType::kBool, {5});
  const std::vector<bool> known = Known(relation);
  for (int i = 0; i < 5; ++i) expected.mutable_data<bool>()[i] = known[i];
  Sample s;
  s.name = "known";
  s.inputs = {InputSample::Given(Tensor::Of<double>({5}, {1, 2, 2, std::nan(""), 0.0})),
              InputSample::Given(Tensor::Of<double>({5}, {2, 2, 1, 1, -0.0}))};
  s.smooth = false;
  s.float32_tolerance = 0;
  s.expected = {expected};
  return s;
}

Sample Draw(std::string name, DType dtype, Dims a, Dims b) {
  Sample s;
  s.name = std::move(name);
  s.inputs = {InputSample::Of(dtype, std::move(a), 0, 3),
              InputSample::Of(dtype, std::move(b), 0, 3)};
  s.smooth = false;
  return s;
}

}  // namespace

Samples MakeSamples(const Entry& entry) {
  Samples s;
  s.samples.push_back(KnownSample(entry.relation));
  s.samples.push_back(Draw("same_shape", DType::kFloat64, {3, 35}, {3, 35}));
  s.samples.push_back(Draw("rows", DType::kFloat64, {3, 5}, {5}));
  s.samples.push_back(Draw("columns", DType::kFloat64, {3, 1}, {3, 5}));
  s.samples.push_back(Draw("scalar", DType::kFloat64, {3, 5}, {}));
  s.samples.push_back(Draw("rank_0", DType::kFloat64, {}, {}));
  s.samples.push_back(Draw("empty", DType::kFloat64, {0, 5}, {5}));
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8, DType::kBool}) {
    if (entry.dtypes.Contains(dtype))
      s.samples.push_back(Draw(std::string(DTypeName(dtype)), dtype, {4, 5}, {4, 5}));
  }
  s.violations.push_back({entry.c1, {{DType::kFloat32, {2, 3}}, {DType::kFloat32, {2}}}, {}});
  return s;
}

}  // namespace dagrad::ops::compare_internal

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/tensor.h"
#include "dagrad/ops/elementwise/binary/binary_internal.h"

namespace dagrad::ops::binary_internal {
namespace {

// Where the op is smooth: divisors away from 0, quotients of FloorMod away from integers.
struct Domain {
  double a_lo, a_hi, b_lo, b_hi;
};

Domain DomainOf(Binary op) {
  switch (op) {
    case Binary::kDiv:
      return {-2, 2, 0.5, 2};
    case Binary::kFloorMod:
      return {-2.9, -2.1, 1, 1.05};
    default:
      return {-2, 2, -2, 2};
  }
}

Sample Draw(std::string name, const Domain& d, Dims a, Dims b) {
  return {std::move(name),
          {InputSample::Float(std::move(a), d.a_lo, d.a_hi),
           InputSample::Float(std::move(b), d.b_lo, d.b_hi)}};
}

template <typename T>
struct Known {
  std::vector<T> a, b, y;
};

// Python's results, but for the integer quotients, which are C's, and the cases that the header
// defines.
Known<int32_t> KnownInt32(Binary op) {
  constexpr int32_t lo = std::numeric_limits<int32_t>::min();
  constexpr int32_t hi = std::numeric_limits<int32_t>::max();
  switch (op) {
    case Binary::kAdd:
      return {{3, hi, lo}, {-5, 1, -1}, {-2, lo, hi}};
    case Binary::kSub:
      return {{3, hi, lo}, {-5, -1, 1}, {8, lo, hi}};
    case Binary::kMul:
      return {{3, 65536, lo}, {-5, 65536, -1}, {-15, 0, lo}};
    case Binary::kDiv:
      return {{7, -7, 7, 1, 0, lo}, {2, 2, -2, 0, 0, -1}, {3, -3, -3, 0, 0, lo}};
    case Binary::kFloorMod:
      return {{7, -7, 7, -7, 5, lo}, {3, 3, -3, -3, 0, -1}, {1, 2, -2, -1, 0, 0}};
    case Binary::kMaximum:
      return {{3, -5, lo}, {-5, -5, hi}, {3, -5, hi}};
    case Binary::kMinimum:
      return {{3, -5, lo}, {-5, -5, hi}, {-5, -5, lo}};
  }
  return {};
}

Known<double> KnownFloat(Binary op) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::nan("");
  switch (op) {
    case Binary::kAdd:
      return {{1.5, inf, nan}, {2.25, 1, 1}, {3.75, inf, nan}};
    case Binary::kSub:
      return {{1.5, inf, nan}, {2.25, 1, 1}, {-0.75, inf, nan}};
    case Binary::kMul:
      return {{1.5, -inf, nan, -1}, {2.25, 2, 1, 0}, {3.375, -inf, nan, -0.0}};
    case Binary::kDiv:
      return {{1.5, 1, -1, nan}, {0.5, 0, 0, 1}, {3, inf, -inf, nan}};
    case Binary::kFloorMod:
      return {{5.5, -5.5, 5.5, -5.5, 6}, {2, 2, -2, -2, 3}, {1.5, 0.5, -0.5, -1.5, 0}};
    case Binary::kMaximum:
      return {{1.5, nan, 1, -inf, 2}, {2.5, 1, nan, 3, 2}, {2.5, nan, nan, 3, 2}};
    case Binary::kMinimum:
      return {{1.5, nan, 1, -inf, 2}, {2.5, 1, nan, 3, 2}, {1.5, nan, nan, -inf, 2}};
  }
  return {};
}

template <typename T>
Sample KnownSample(std::string name, const Known<T>& known) {
  const Dims dims = {static_cast<int64_t>(known.y.size())};
  Sample s;
  s.name = std::move(name);
  s.inputs = {InputSample::Given(Tensor::Of<T>(dims, known.a)),
              InputSample::Given(Tensor::Of<T>(dims, known.b))};
  s.smooth = false;
  s.expected = {Tensor::Of<T>(dims, known.y)};
  return s;
}

}  // namespace

Samples MakeSamples(const Entry& entry) {
  const Domain d = DomainOf(entry.op);
  Samples s;
  s.samples = {
      Draw("same_shape", d, {3, 35}, {3, 35}),
      Draw("rows", d, {3, 5}, {5}),
      Draw("rows_left", d, {5}, {3, 5}),
      Draw("columns", d, {3, 5}, {3, 1}),
      Draw("columns_left", d, {3, 1}, {3, 5}),
      Draw("scalar_right", d, {3, 5}, {}),
      Draw("scalar_left", d, {}, {3, 5}),
      Draw("both_broadcast", d, {4, 1, 5}, {3, 1}),
      Draw("strided", d, {2, 1, 3, 4}, {2, 5, 1, 4}),
      Draw("rank_0", d, {}, {}),
      Draw("ones", d, {1, 1}, {1}),
      Draw("empty", d, {0, 3}, {1, 3}),
  };
  if (entry.has_ties) {
    s.samples.push_back(Draw("ties_to_a", d, {3, 5}, {5}));
    s.samples.back().attrs = {{"ties_to_a", true}};
  }
  s.samples.push_back(KnownSample("known", KnownFloat(entry.op)));
  s.samples.push_back(KnownSample("known_int32", KnownInt32(entry.op)));
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8}) {
    s.samples.push_back(
        {std::string(DTypeName(dtype)),
         {InputSample::Of(dtype, {3, 5}, 0, 200), InputSample::Of(dtype, {5}, 0, 200)},
         {},
         false});
  }
  s.violations = {{entry.c1, {{DType::kFloat32, {2, 3}}, {DType::kFloat32, {2}}}, {}},
                  {entry.c1, {{DType::kFloat32, {"batch"}}, {DType::kFloat32, {"time"}}}, {}},
                  {entry.c1, {{DType::kFloat32, {"batch"}}, {DType::kFloat32, {4}}}, {}}};
  return s;
}

}  // namespace dagrad::ops::binary_internal

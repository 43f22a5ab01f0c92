// The values that kernels compute: known ones, float32 against the float64 reference, fast against
// reference.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

using runtime::KernelMode;

// Largest |a - b| / max(1, |b|) for floats, with equal infinities and NaNs as 0; infinite if dims
// or other dtypes' bits differ.
double Distance(const Tensor& a, const Tensor& b) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  if (a.dims() != b.dims() || IsFloating(a.dtype()) != IsFloating(b.dtype())) return kFar;
  if (!IsFloating(a.dtype())) return SameBits(a, b) ? 0 : kFar;
  const Tensor wide_a = *a.Cast(DType::kFloat64);
  const Tensor wide_b = *b.Cast(DType::kFloat64);
  double distance = 0;
  for (int64_t i = 0; i < a.num_elements(); ++i) {
    const double x = wide_a.data<double>()[i];
    const double y = wide_b.data<double>()[i];
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    const double d = std::abs(x - y) / std::max(1.0, std::abs(y));
    distance = std::max(distance, std::isnan(d) ? kFar : d);
  }
  return distance;
}

const char* ModeName(KernelMode mode) {
  return mode == KernelMode::kFast ? ", fast" : ", reference";
}

std::vector<Tensor> MustEvaluate(const OpCase& c, KernelMode mode) {
  auto outputs = Evaluate(c, mode);
  EXPECT_TRUE(outputs.ok()) << outputs.status();
  return outputs.ok() ? *std::move(outputs) : std::vector<Tensor>();
}

void ExpectNear(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected,
                double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    const double distance = Distance(actual[i], expected[i]);
    EXPECT_LE(distance, tolerance) << "output " << i << ":\n"
                                   << actual[i].ToString(64) << "\nexpected:\n"
                                   << expected[i].ToString(64);
  }
}

TEST_P(OpTest, KnownValues) {
  for (const OpCase& c : AllCases(op())) {
    if (c.sample->expected.empty()) continue;
    for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
      SCOPED_TRACE(c.Name() + ModeName(mode));
      ExpectNear(MustEvaluate(c, mode), c.sample->expected,
                 c.float_dtype == DType::kFloat64 ? 1e-12 : c.sample->float32_tolerance);
    }
  }
}

TEST_P(OpTest, Float32IsCloseToFloat64) {
  if (op().Has(kRandom)) {
    // Numbers drawn in float32 are not those drawn in float64 rounded: the distributions are tested
    // with the op.
    RecordProperty("skipped", "random");
    return;
  }
  for (const ops::Sample& s : SamplesOf(op()).samples) {
    if (!HasFloat32Case(op(), s)) continue;
    const std::vector<Tensor> exact =
        MustEvaluate(MakeCase(op(), s, DType::kFloat64), KernelMode::kReference);
    const OpCase c = MakeCase(op(), s, DType::kFloat32);
    for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
      SCOPED_TRACE(c.Name() + ModeName(mode));
      ExpectNear(MustEvaluate(c, mode), exact, s.float32_tolerance);
    }
  }
}

// The fast kernel gives what the reference gives: the same bits, except that floats may be summed
// in another order.
TEST_P(OpTest, FastIsReference) {
  for (const OpCase& c : Float64Cases(op())) {
    SCOPED_TRACE(c.Name());
    const std::vector<Tensor> fast = MustEvaluate(c, KernelMode::kFast);
    const std::vector<Tensor> reference = MustEvaluate(c, KernelMode::kReference);
    ASSERT_EQ(fast.size(), reference.size());
    for (size_t i = 0; i < fast.size(); ++i) {
      const bool single = fast[i].dtype() == DType::kFloat32;
      EXPECT_LE(Distance(fast[i], reference[i]), single ? 2 * c.sample->float32_tolerance : 1e-12)
          << "output " << i << ":\n"
          << fast[i].ToString(64) << "\nreference:\n"
          << reference[i].ToString(64);
    }
  }
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests

#include "dagrad/ops/reduction/arg_max/arg_max.h"

#include <cmath>
#include <limits>
#include <random>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/testing/each_index.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

// Few different values, so ties abound, and now and then a NaN.
Tensor WithTies(const Dims& dims, std::mt19937* random) {
  Tensor x = *Tensor::Zeros(DType::kFloat32, dims);
  for (float& v : x.mutable_data<float>()) {
    v = (*random)() % 50 == 0 ? std::nanf("") : static_cast<float>((*random)() % 7) - 3;
  }
  return x;
}

TEST(ArgMaxTest, TheFirstOfTheBestAndTheFirstNan) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 100; ++round) {
    Dims dims;
    for (size_t a = 0; a <= random() % 3; ++a) dims.push_back(1 + random() % 40);
    const int64_t axis = random() % dims.size();
    const Tensor x = WithTies(dims, &random);
    for (const bool max : {true, false}) {
      const auto y = ops::RunKernel(max ? ops::ArgMaxOp() : ops::ArgMinOp(), {x},
                                    {{"axis", axis}, {"keepdims", true}}, {.threads = 2});
      ASSERT_TRUE(y.ok()) << y.status();
      const Tensor& at = (*y)[0];
      ops::ForEachIndex(at.dims(), [&](const Dims& k) {
        // NaN counts as infinite; a later element replaces only a worse one.
        double best = -1;
        int64_t expected = -1;
        for (Dims i = k; i[axis] < dims[axis]; ++i[axis]) {
          const float v = x.data<float>()[ops::PlaceOf(i, dims)];
          const double merit = std::isnan(v) ? 1000 : max ? v + 10.0 : 10.0 - v;
          if (merit > best) expected = i[axis];
          best = std::max(best, merit);
        }
        ASSERT_EQ(at.data<int64_t>()[ops::PlaceOf(k, at.dims())], expected);
      });
    }
  }
}

TEST(ArgMaxTest, TypesAndErrors) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {"batch", 10});
  EXPECT_EQ(ArgMax(x).type().ToString(), "int64[batch]");
  EXPECT_EQ(ArgMin(x, {.axis = 0, .keepdims = true}).type().ToString(), "int64[1,10]");
  EXPECT_TRUE(g.ok());
  EXPECT_FALSE(ArgMax(x, {.axis = 2}).valid());
  EXPECT_NE(g.status().message().find("axis 2 is outside [-2, 2) (arg_max_c1)"), std::string::npos)
      << g.status();
}

}  // namespace
}  // namespace dagrad

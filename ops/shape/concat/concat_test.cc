#include "dagrad/ops/shape/concat/concat.h"

#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/testing/each_index.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

TEST(ConcatTest, FollowsTheFormula) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 100; ++round) {
    Dims dims;
    const size_t rank = 1 + random() % 4;
    for (size_t a = 0; a < rank; ++a) dims.push_back(1 + random() % 20);
    const size_t axis = random() % rank;
    std::vector<Tensor> values;
    for (size_t i = 0; i <= random() % 4; ++i) {
      dims[axis] = random() % 30;
      values.push_back(ops::RandomTensor(DType::kFloat32, dims, &random));
    }
    const auto y = ops::RunKernel(ops::ConcatOp(), values, {{"axis", static_cast<int64_t>(axis)}},
                                  {.threads = 2});
    ASSERT_TRUE(y.ok()) << y.status();
    int64_t start = 0;
    for (const Tensor& x : values) {
      ops::ForEachIndex(x.dims(), [&](const Dims& i) {
        Dims at = i;
        at[axis] += start;
        ASSERT_EQ((*y)[0].data<float>()[ops::PlaceOf(at, (*y)[0].dims())],
                  x.data<float>()[ops::PlaceOf(i, x.dims())]);
      });
      start += x.dims()[axis];
    }
    ASSERT_EQ((*y)[0].dims()[axis], start);
  }
}

TEST(ConcatTest, StackAddsAnAxis) {
  GraphBuilder g("f");
  const Value a = g.Input("a", DType::kInt32, {"n"});
  const Value b = g.Input("b", DType::kInt32, {"n"});
  g.Output("rows", Stack({a, b}));
  g.Output("columns", Stack({a, b}, -1));
  g.Output("joined", Concat({a, b}, 0));
  const auto f = g.Build();
  ASSERT_TRUE(f.ok()) << f.status();
  EXPECT_EQ(f->type(f->FindOutput("joined")->value).ToString(), "int32[2*n]");
  const auto y = runtime::EvaluateFunction(
      *f, {{"a", Tensor::Of<int32_t>({3}, {1, 2, 3})}, {"b", Tensor::Of<int32_t>({3}, {4, 5, 6})}});
  ASSERT_TRUE(y.ok()) << y.status();
  EXPECT_TRUE(SameBits(y->outputs.at("rows"), Tensor::Of<int32_t>({2, 3}, {1, 2, 3, 4, 5, 6})));
  EXPECT_TRUE(SameBits(y->outputs.at("columns"), Tensor::Of<int32_t>({3, 2}, {1, 4, 2, 5, 3, 6})));
  EXPECT_TRUE(SameBits(y->outputs.at("joined"), Tensor::Of<int32_t>({6}, {1, 2, 3, 4, 5, 6})));
}

TEST(ConcatTest, ErrorsNameTheShapes) {
  GraphBuilder g("f");
  const Value a = g.Input("a", DType::kFloat32, {"n", 3});
  const Value b = g.Input("b", DType::kFloat32, {"m", 4});
  EXPECT_FALSE(Concat({a, b}, 1).valid());
  EXPECT_NE(g.status().message().find(
                "inputs 0 and 1 differ outside axis 1: [n,3] and [m,4] (concat_c2)"),
            std::string::npos)
      << g.status();
  EXPECT_NE(g.status().message().find("concat_test.cc:"), std::string::npos) << g.status();
  EXPECT_FALSE(Concat({}, 0).valid());
  EXPECT_FALSE(Concat({Value(), Value()}, 0).valid());
}

}  // namespace
}  // namespace dagrad

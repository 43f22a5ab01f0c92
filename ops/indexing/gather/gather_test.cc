#include "dagrad/ops/indexing/gather/gather.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/testing/each_index.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using ops::PlaceOf;

Tensor RandomIndices(const Dims& dims, int64_t n, std::mt19937* random) {
  Tensor t = *Tensor::Zeros(DType::kInt64, dims);
  for (int64_t& v : t.mutable_data<int64_t>()) v = static_cast<int64_t>((*random)() % (2 * n)) - n;
  return t;
}

// What is not taken costs nothing, however large it is.
TEST(GatherTest, CostIsThatOfWhatIsTaken) {
  const AttrMap attrs = {{"axis", Attribute(0)}};
  const auto bytes = [&](int64_t rows) {
    const std::vector<Dims> in = {{rows, 32}, {5}}, out = {{5, 32}};
    return CostOf(ops::GatherOp(), {attrs, in, out}, {size_t{128} * rows, 40}, {640}).bytes;
  };
  EXPECT_EQ(bytes(10), bytes(1000000));
  EXPECT_EQ(bytes(10), 2 * 640 + 20);
}

TEST(GatherTest, GatherAndItsAdjointFollowTheFormula) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 100; ++round) {
    Dims dims, index_dims;
    for (size_t a = 0; a <= random() % 3; ++a) dims.push_back(1 + random() % 9);
    for (size_t a = 0; a < random() % 3; ++a) index_dims.push_back(random() % 9);
    const size_t axis = random() % dims.size();
    const int64_t n = dims[axis];
    const Tensor indices = RandomIndices(index_dims, n, &random);
    const Tensor x = ops::RandomTensor(DType::kFloat64, dims, &random);
    const auto y = ops::RunKernel(ops::GatherOp(), {x, indices},
                                  {{"axis", static_cast<int64_t>(axis)}}, {.threads = 2});
    ASSERT_TRUE(y.ok()) << y.status();
    const Tensor updates = ops::RandomTensor(DType::kFloat64, (*y)[0].dims(), &random);
    Tensor sums = *Tensor::Zeros(DType::kFloat64, dims);
    ops::ForEachIndex(updates.dims(), [&](const Dims& at) {
      Dims j, from;
      for (size_t a = 0; a < at.size(); ++a) {
        if (a >= axis && a < axis + index_dims.size()) {
          j.push_back(at[a]);
        } else {
          from.push_back(at[a]);
        }
      }
      int64_t index = indices.data<int64_t>()[PlaceOf(j, index_dims)];
      if (index < 0) index += n;
      from.insert(from.begin() + axis, index);
      const int64_t place = PlaceOf(at, updates.dims());
      ASSERT_EQ((*y)[0].data<double>()[place], x.data<double>()[PlaceOf(from, dims)]);
      sums.mutable_data<double>()[PlaceOf(from, dims)] += updates.data<double>()[place];
    });
    const auto scattered = ops::RunKernel(
        ops::ScatterAddOp(), {indices, updates},
        {{"shape", Shape(absl::MakeConstSpan(dims))}, {"axis", static_cast<int64_t>(axis)}},
        {.threads = 2});
    ASSERT_TRUE(scattered.ok()) << scattered.status();
    ASSERT_TRUE(SameBits((*scattered)[0], sums));
  }
}

TEST(ScatterAddTest, EqualIndicesAddUpInOneOrderOnAnyNumberOfThreads) {
  std::mt19937 random(3);
  const std::vector<std::pair<Dims, int64_t>> cases = {
      {{100, 64}, 20000}, {{3, 5000}, 1000}, {{10}, 500000}};
  for (const auto& [dims, count] : cases) {
    Dims updates_dims = dims;
    updates_dims[0] = count;
    const Tensor indices = RandomIndices({count}, dims[0], &random);
    const Tensor updates = ops::RandomTensor(DType::kFloat32, updates_dims, &random);
    Tensor sums = *Tensor::Zeros(DType::kFloat32, dims);
    const int64_t inner = NumElements(dims) / dims[0];
    for (int64_t j = 0; j < count; ++j) {
      int64_t index = indices.data<int64_t>()[j];
      if (index < 0) index += dims[0];
      for (int64_t i = 0; i < inner; ++i) {
        sums.mutable_data<float>()[index * inner + i] += updates.data<float>()[j * inner + i];
      }
    }
    for (int threads : {0, 3}) {
      const auto y =
          ops::RunKernel(ops::ScatterAddOp(), {indices, updates},
                         {{"shape", Shape(absl::MakeConstSpan(dims))}}, {.threads = threads});
      ASSERT_TRUE(y.ok()) << y.status();
      EXPECT_TRUE(SameBits((*y)[0], sums)) << DimsToString(dims);
    }
  }
}

absl::Status RunStatus(Tensor x, Tensor indices) {
  GraphBuilder g("f");
  const Value xv = g.Input("x", x.dtype(), {"rows", x.dims()[1]});
  const Value iv = g.Input("i", indices.dtype(), {"n"});
  g.Output("y", Gather(xv, iv));
  g.Output("z", ScatterAdd(iv, Gather(xv, iv), Shape(xv.shape())));
  const Function f = *g.Build();
  return runtime::EvaluateFunction(f, {{"x", x}, {"i", indices}}).status();
}

TEST(GatherTest, AnIndexOutOfRangeIsNamed) {
  const Tensor x = Tensor::Full(DType::kFloat32, {5, 2}, 1);
  EXPECT_TRUE(RunStatus(x, Tensor::Of<int64_t>({3}, {0, 4, -5})).ok());
  absl::Status s = RunStatus(x, Tensor::Of<int64_t>({3}, {0, 4, 5}));
  EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(
      s.message().find("index 5 (element 2 of indices) is outside [-5, 5), the range of axis 0"),
      std::string::npos)
      << s;
  EXPECT_NE(s.message().find("Gather (Gather, gather_test.cc:"), std::string::npos) << s;
  s = RunStatus(x, Tensor::Of<int32_t>({2}, {0, -6}));
  EXPECT_NE(s.message().find("index -6 (element 1 of indices)"), std::string::npos) << s;
  s = RunStatus(*Tensor::Zeros(DType::kFloat32, {0, 2}), Tensor::Of<int64_t>({1}, {0}));
  EXPECT_NE(s.message().find("index 0 (element 0 of indices) is outside [0, 0)"), std::string::npos)
      << s;
  const auto scatter =
      ops::RunKernel(ops::ScatterAddOp(),
                     {Tensor::Of<int64_t>({1}, {7}), Tensor::Full(DType::kFloat32, {1, 2}, 1)},
                     {{"shape", Shape{5, 2}}});
  EXPECT_EQ(scatter.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(scatter.status().message().find("index 7"), std::string::npos) << scatter.status();
}

}  // namespace
}  // namespace dagrad

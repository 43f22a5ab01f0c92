#include "dagrad/ops/indexing/take_along_axis/take_along_axis.h"

#include <cstdint>
#include <string>
#include <vector>

#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using Indices = std::vector<int64_t>;

// Of x = {{0, 1, 2}, {3, 4, 5}}, of whose shape the graph knows `x_shape`, and of that of `dims`
// indices `at_shape`.
absl::StatusOr<Tensor> Take(const Shape& x_shape, const Shape& at_shape, const Dims& dims,
                            const Indices& indices, int64_t axis) {
  GraphBuilder g("f");
  g.Output("y", TakeAlongAxis(g.Input("x", DType::kFloat32, x_shape),
                              g.Input("at", DType::kInt64, at_shape), axis));
  absl::StatusOr<Function> f = g.Build();
  if (!f.ok()) return f.status();
  auto r = runtime::EvaluateFunction(*f, {{"x", Tensor::Of<float>({2, 3}, {0, 1, 2, 3, 4, 5})},
                                          {"at", Tensor::Of<int64_t>(dims, indices)}});
  if (!r.ok()) return r.status();
  return r->outputs.at("y");
}

TEST(TakeAlongAxisTest, IndicesFromEitherEnd) {
  const auto rows = Take({2, 3}, {2, 2}, {2, 2}, {2, 0, -1, -3}, 1);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_TRUE(SameBits(*rows, Tensor::Of<float>({2, 2}, {2, 0, 5, 3})));
  const auto columns = Take({"n", "m"}, {"k", "l"}, {3, 2}, {1, 0, -2, -1, 0, 0}, 0);
  ASSERT_TRUE(columns.ok()) << columns.status();
  EXPECT_TRUE(SameBits(*columns, Tensor::Of<float>({3, 2}, {3, 1, 0, 4, 0, 1})));
}

// Among all elements there is something at each of these places: of another row.
TEST(TakeAlongAxisTest, AnIndexOutsideOfTheAxisIsAnError) {
  for (const int64_t outside : {int64_t{3}, int64_t{-4}, int64_t{5}, INT64_MAX, INT64_MIN}) {
    for (const Shape& shape : {Shape({2, 3}), Shape({"n", "m"})}) {
      const auto y = Take(shape, {2, 1}, {2, 1}, {outside, 0}, 1);
      EXPECT_EQ(y.status().code(), absl::StatusCode::kInvalidArgument) << outside;
    }
  }
}

TEST(TakeAlongAxisTest, IndicesLongerThanXAreAnError) {
  const auto known = Take({2, 3}, {3, 1}, {3, 1}, {0, 0, 0}, 1);
  EXPECT_NE(known.status().message().find("longer than x [2,3] along axis 0"), std::string::npos)
      << known.status();
  for (const int64_t axis : {0, 1}) {
    const Dims dims = axis == 1 ? Dims{3, 1} : Dims{1, 4};
    const Indices zeros(static_cast<size_t>(NumElements(dims)));
    const auto y = Take({2, "m"}, {"k", "l"}, dims, zeros, axis);
    EXPECT_EQ(y.status().code(), absl::StatusCode::kInvalidArgument) << axis;
  }
}

TEST(TakeAlongAxisTest, UpdatesOutsideOfTheAxisAreAnError) {
  for (const int64_t index : {2, 3}) {
    GraphBuilder g("f");
    const Value places = PlacesAlongAxis(g.Input("at", DType::kInt64, {1}), {3}, 0);
    g.Output("y", ScatterAdd(places, g.Input("by", DType::kFloat32, {1}), {3}));
    const auto r = runtime::EvaluateFunction(*g.Build(), {{"at", Tensor::Of<int64_t>({1}, {index})},
                                                          {"by", Tensor::Of<float>({1}, {7})}});
    EXPECT_EQ(r.ok(), index < 3) << r.status();
  }
}

}  // namespace
}  // namespace dagrad

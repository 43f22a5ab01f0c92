// Graphs of unusual depth and width: time to compile and run stays in proportion, nothing recurses.

#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <memory>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad {
namespace {

// Of the processor, so that a busy neighbour does not matter.
double Seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Seconds to compile, plan and run once; the arena in bytes.
struct Cost {
  double seconds = 0;
  size_t arena_bytes = 0;
  float result = 0;
};

Cost CompileAndRun(const std::function<Value(Value x)>& build) {
  GraphBuilder g("f");
  Value x = g.Input("x", DType::kFloat32, {"n"});
  g.Output("y", build(x));
  const Function f = *g.Build();
  const double start = Seconds();
  auto e = Executable::Compile(f);
  EXPECT_TRUE(e.ok()) << e.status();
  auto context = *(*e)->NewContext(nullptr);
  const absl::Status status = (*e)->Run(context.get(), {Tensor::Full(DType::kFloat32, {16}, 0.5)});
  EXPECT_TRUE(status.ok()) << status;
  return {Seconds() - start, context->arena_bytes(), context->outputs()[0].data<float>()[3]};
}

Value Deep(Value x, int nodes) {
  Value y = x;
  for (int i = 0; i < nodes / 2; ++i) y = Neg(Sin(y));
  return y;
}

// All branches live until they are added up from the last to the first.
Value Wide(Value x, int branches) {
  std::vector<Value> values;
  for (int i = 0; i < branches; ++i) values.push_back(x + (i + 1.0));
  Value sum = values.back();
  for (int i = branches - 1; i-- > 0;) sum = sum + values[i];
  return sum;
}

TEST(ScaleTest, Deep) {
  const Cost small = CompileAndRun([](Value x) { return Deep(x, 10000); });
  const Cost large = CompileAndRun([](Value x) { return Deep(x, 100000); });
  EXPECT_LE(large.arena_bytes, 256u) << "tiles of each chain, and what goes from one to the next";
  EXPECT_LT(large.seconds, 40 * small.seconds + 0.5);
  RecordProperty("milliseconds", static_cast<int>(large.seconds * 1000));
}

TEST(ScaleTest, Wide) {
  const Cost thousand = CompileAndRun([](Value x) { return Wide(x, 1000); });
  EXPECT_FLOAT_EQ(thousand.result, 1000 * 0.5f + 500500);
  EXPECT_LE(thousand.arena_bytes, 1000u * 64);
  const Cost large = CompileAndRun([](Value x) { return Wide(x, 30000); });
  EXPECT_LE(large.arena_bytes, 30000u * 64);
  EXPECT_LT(large.seconds, 120 * thousand.seconds + 0.5);
  RecordProperty("milliseconds", static_cast<int>(large.seconds * 1000));
}

}  // namespace
}  // namespace dagrad

// CompileOptions::kernel_trial: other kernels perhaps, and the same results but for rounding.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad {
namespace {

constexpr DType kF32 = DType::kFloat32;
constexpr int64_t kBatch = 3;

struct Case {
  std::string name;
  Dims filter;  // height, width, channels, filters
  Conv2DOptions options;
};

std::vector<Case> Cases() {
  return {{"Winograd", {3, 3, 16, 32}, {.padding = "same"}},
          {"Strided", {3, 3, 16, 24}, {.strides = {2, 2}, .padding = "same"}},
          {"Pointwise", {1, 1, 16, 32}, {}},
          {"Depthwise", {3, 3, 1, 16}, {.padding = "same", .groups = 16}},
          {"Grouped", {3, 3, 4, 32}, {.padding = "same", .groups = 4}},
          {"Dilated", {3, 3, 16, 16}, {.padding = "same", .dilations = {2, 2}}}};
}

class KernelTrialTest : public ::testing::TestWithParam<Case> {
 protected:
  // relu(conv(x) + bias), which is fused, and the gradients of a convolution.
  Function Build() {
    GraphBuilder g("f");
    const Value x = g.Input("x", kF32, {"batch", 13, 12, 16});
    const Value filter = g.Input("filter", kF32, Shape(absl::MakeConstSpan(GetParam().filter)));
    const Value bias = g.Input("bias", kF32, {GetParam().filter[3]});
    const Value y = Relu(Conv2D(x, filter, GetParam().options) + bias);
    const std::vector<Value> grads = *Gradients({ReduceSum(Square(y))}, {x, filter});
    g.Output("y", y);
    g.Output("dx", grads[0]);
    g.Output("dfilter", grads[1]);
    return *g.Build();
  }

  TensorMap Run(const Function& f, const CompileOptions& options) {
    auto e = Executable::Compile(f, options);
    EXPECT_TRUE(e.ok()) << e.status();
    std::mt19937 random(5);
    const auto draw = [&](const Dims& dims) { return ops::RandomTensor(kF32, dims, &random); };
    const TensorMap feeds = {{"x", draw({kBatch, 13, 12, 16})},
                             {"filter", draw(GetParam().filter)},
                             {"bias", draw({GetParam().filter[3]})}};
    auto outputs = (*e)->Run(feeds);
    EXPECT_TRUE(outputs.ok()) << outputs.status();
    auto plan = (*e)->Plan({{kBatch, 13, 12, 16}, GetParam().filter, {GetParam().filter[3]}});
    EXPECT_TRUE(plan.ok()) << plan.status();
    for (const PlanSummary::Step& s : plan->steps) {
      EXPECT_TRUE(s.op.find("Conv2D") == std::string::npos || s.implementation != "reference");
    }
    return *outputs;
  }
};

TEST_P(KernelTrialTest, GivesTheSameButForRounding) {
  const Function f = Build();
  const TensorMap tried = Run(f, {.kernel_trial = true}), table = Run(f, {});
  ASSERT_EQ(tried.size(), 3);
  for (const auto& [name, tensor] : table) {
    const absl::Span<const float> a = tried.at(name).data<float>(), b = tensor.data<float>();
    float largest = 0, error = 0;
    for (size_t i = 0; i < b.size(); ++i) {
      largest = std::max(largest, std::abs(b[i]));
      error = std::max(error, std::abs(a[i] - b[i]));
    }
    EXPECT_LE(error, 2e-5 * largest) << name;
  }
}

// What is asked for by kReference is no matter of speed.
TEST_P(KernelTrialTest, LeavesTheReferenceAlone) {
  CompileOptions options;
  options.kernel_mode = runtime::KernelMode::kReference;
  options.kernel_trial = true;
  auto e = Executable::Compile(Build(), options);
  ASSERT_TRUE(e.ok()) << e.status();
  auto plan = (*e)->Plan({{kBatch, 13, 12, 16}, GetParam().filter, {GetParam().filter[3]}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  for (const PlanSummary::Step& s : plan->steps) {
    EXPECT_TRUE(s.op.find("Conv2D") == std::string::npos || s.implementation == "reference");
  }
}

INSTANTIATE_TEST_SUITE_P(Convolutions, KernelTrialTest, ::testing::ValuesIn(Cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace dagrad

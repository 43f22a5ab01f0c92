#include "dagrad/ops/nn/activation/activation.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "dagrad/autodiff/gradient_checker.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

constexpr double kPoints[] = {-8.5, -2.25, -0.75, 0.5, 1.25, 7.0};

Value GeluTanh(Operand x) { return Gelu(x, {.approximate = true}); }
Value PlainGelu(Operand x) { return Gelu(x); }

struct Known {
  std::string name;
  Value (*function)(Operand);
  std::vector<double> y;  // at kPoints
};

// Printed by golden.py.
std::vector<Known> KnownValues() {
  return {
      {"Gelu",
       PlainGelu,
       {-8.05760459887282e-17, -0.027505063473850584, -0.16997051428265114, 0.34573123063700656,
        1.117937782916431, 6.999999999991041}},
      {"GeluTanh",
       GeluTanh,
       {-1.0174447308598297e-24, -0.02720132989728861, -0.1700394448343797, 0.34571400982514394,
        1.1177142029697147, 6.999999999999997}},
      {"Silu",
       Silu,
       {-0.0017291293134692554, -0.21453629602299637, -0.24061597561845527, 0.3112296656009273,
        0.9716248264683639, 6.993622641639195}},
      {"Mish",
       Mish,
       {-0.0017293051892410683, -0.22471311922296616, -0.2764947145054652, 0.37524521130489513,
        1.1318703042410392, 6.999988379809741}},
      {"Selu",
       Selu,
       {-1.757741623241936, -1.5727970336193384, -0.9276320158350512, 0.5253504936777402,
        1.3133762341943507, 7.354906911488364}},
      {"Softsign",
       Softsign,
       {-0.8947368421052632, -0.6923076923076923, -0.42857142857142855, 0.3333333333333333,
        0.5555555555555556, 0.875}},
      {"HardSigmoid",
       HardSigmoid,
       {0.0, 0.125, 0.375, 0.5833333333333334, 0.7083333333333334, 1.0}},
      {"HardSilu",
       HardSilu,
       {0.0, -0.28125, -0.28125, 0.2916666666666667, 0.8854166666666666, 7.0}},
      {"HardTanh", HardTanh, {-1.0, -1.0, -0.75, 0.5, 1.0, 1.0}},
      {"LogSigmoid",
       LogSigmoid,
       {-8.50020344767213, -2.350206558916747, -1.1368710061148999, -0.4740769841801067,
        -0.2519290813453729, -0.0009114664537742447}},
      {"TanhShrink",
       TanhShrink,
       {-7.500000082798751, -1.2719738852611864, -0.11485104761271268, 0.03788284273999024,
        0.4017163600424871, 6.0000016630560555}},
      {"Exponential",
       Exponential,
       {0.00020346836901064417, 0.10539922456186433, 0.4723665527410147, 1.6487212707001282,
        3.4903429574618414, 1096.6331584284585}},
  };
}

Function Build(Value (*function)(Operand), DType dtype) {
  GraphBuilder g("f");
  g.Output("y", function(g.Input("x", dtype, {6})));
  return *g.Build();
}

TEST(Activation, KnownValues) {
  for (const Known& k : KnownValues()) {
    for (DType dtype : {DType::kFloat64, DType::kFloat32}) {
      const double tolerance = dtype == DType::kFloat64 ? 1e-14 : 1e-6;
      const Tensor x = *Tensor::Of<double>({6}, kPoints).Cast(dtype);
      for (runtime::KernelMode mode :
           {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
        auto result = runtime::EvaluateFunction(Build(k.function, dtype), {{"x", x}}, {}, mode);
        ASSERT_TRUE(result.ok()) << result.status();
        const Tensor y = *result->outputs["y"].Cast(DType::kFloat64);
        for (size_t i = 0; i < k.y.size(); ++i) {
          EXPECT_NEAR(y.data<double>()[i], k.y[i], tolerance * std::max(1.0, std::abs(k.y[i])))
              << k.name << "(" << kPoints[i] << ") in " << DTypeName(dtype);
        }
      }
    }
  }
}

TEST(Activation, Gradients) {
  for (const Known& k : KnownValues()) {
    auto report = CheckGradients(Build(k.function, DType::kFloat64),
                                 {{"x", Tensor::Of<double>({6}, kPoints)}});
    ASSERT_TRUE(report.ok()) << k.name << ": " << report.status();
    EXPECT_TRUE(report->passed()) << k.name << ": " << report->ToString();
  }
}

TEST(Activation, NodesAreAtTheCallersLine) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {"batch"});
  const int line = __LINE__ + 1;
  const Value y = HardSilu(x);
  ASSERT_TRUE(g.ok()) << g.status();
  EXPECT_EQ(y.shape().ToString(), "[batch]");
  for (const Node& node : g.function().nodes) {
    if (node.op == &InputOp()) continue;
    EXPECT_EQ(node.source_line, line) << Describe(node);
    EXPECT_NE(node.source_file.find("activation_test.cc"), std::string::npos) << Describe(node);
  }
}

TEST(Activation, InvalidValuesStayInvalid) {
  for (const Known& k : KnownValues()) EXPECT_FALSE(k.function(Value()).valid()) << k.name;
}

}  // namespace
}  // namespace dagrad

// Activations of neural networks.
#include <cmath>

#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/one_hot/one_hot.h"
#include "dagrad/ops/nn/activation/activation.h"
#include "dagrad/ops/nn/gelu/gelu.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/reduction/arg_max/arg_max.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::onnx {
namespace {

void ImportLeakyRelu(NodeImport& c) {
  const double alpha = c.Real("alpha", 0.01);
  ElementwiseOf(c, [alpha](Value x) { return LeakyRelu(x, alpha); });
}

void ImportElu(NodeImport& c) {
  const double alpha = c.Real("alpha", 1);
  ElementwiseOf(c, [alpha](Value x) { return Elu(x, alpha); });
}

// gamma·(x, or alpha·(e^x - 1) where x <= 0).
void ImportSelu(NodeImport& c) {
  const double alpha = c.Real("alpha", 1.6732632423543772848170429916717);
  const double gamma = c.Real("gamma", 1.0507009873554804934193349852946);
  ElementwiseOf(c, [=](Value x) { return Elu(x, alpha) * gamma; });
}

// max(0, x) + min(0, alpha·(e^(x/alpha) - 1)) = alpha·elu(x/alpha) for alpha > 0.
void ImportCelu(NodeImport& c) {
  const double alpha = c.Real("alpha", 1);
  if (!(alpha > 0)) return c.Unsupported("an alpha that is not above 0");
  ElementwiseOf(c, [alpha](Value x) { return Elu(x * (1 / alpha), 1) * alpha; });
}

void ImportHardSigmoid(NodeImport& c) {
  const double alpha = c.Real("alpha", 0.2), beta = c.Real("beta", 0.5);
  ElementwiseOf(c, [=](Value x) { return Clip(x * alpha + beta, 0.0, 1.0); });
}

void ImportGelu(NodeImport& c) {
  const bool approximate = c.Choice("approximate", "none", {"none", "tanh"}) == "tanh";
  ElementwiseOf(c, [=](Value x) { return Gelu(x, {.approximate = approximate}); });
}

void ImportSwish(NodeImport& c) {
  const double alpha = c.Real("alpha", 1);
  ElementwiseOf(c, [alpha](Value x) { return x * Sigmoid(x * alpha); });
}

void ImportSwiGlu(NodeImport& c) {
  const Operands o = BroadcastOperands(c);
  if (o.values.size() != 2 || !c.ok()) return;
  const Value a = o.values[0], b = o.values[1];
  if (!(a.type() == b.type())) return c.Invalid("A and B differ in type");
  OutOf(c, o, a * Sigmoid(a * c.Real("alpha", 1)) * b);
}

// slope·x where x < 0. Before opset 7 a slope of one axis is that of the channels.
void ImportPRelu(NodeImport& c) {
  Operands o = BroadcastOperands(c);
  if (o.values.size() != 2 || !c.ok()) return;
  const Value x = o.values[0];
  Value slope = o.values[1];
  if (c.version() < 7 && slope.rank() == 1 && x.rank() > 2) {
    Shape shape({slope.dim(0)});
    while (shape.rank() + 1 < x.rank()) shape.push_back(1);
    slope = Reshape(slope, shape);
  }
  OutOf(c, o, Select(Less(x, Scalar(x, 0)), x * slope, x));
}

void ImportThresholdedRelu(NodeImport& c) {
  const double alpha = c.Real("alpha", 1);
  ElementwiseOf(c, [alpha](Value x) { return Select(Greater(x, Scalar(x, alpha)), x, 0.0); });
}

// x + bias below -lambd, x - bias above lambd, else 0. Of integers in float64, cut off at the end.
void ImportShrink(NodeImport& c) {
  const double bias = c.Real("bias", 0), lambd = c.Real("lambd", 0.5);
  ElementwiseOf(c, [=](Value given) {
    const Value x = IsInteger(given.dtype()) ? Cast(given, DType::kFloat64) : given;
    const Value below = Less(x, Scalar(x, -lambd)), above = Greater(x, Scalar(x, lambd));
    return InDType(Select(below, x + bias, Select(above, x - bias, 0.0)), given.dtype());
  });
}

// Before opset 13 all axes from `axis` on are one.
template <typename F>
void SoftmaxLike(NodeImport& c, F f) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  const bool is_old = c.version() < 13;
  // An axis behind the last one may be given there: then each row is the whole.
  const int64_t given = c.Int("axis", is_old ? 1 : -1);
  const int axis = is_old && given == x.rank() ? x.rank() : AxisOf(c, given, x.rank());
  if (!c.ok()) return;
  if (!is_old) return c.out(0, f(x, axis));
  Dim rows = 1, columns = 1;
  for (int a = 0; a < x.rank(); ++a)
    (a < axis ? rows : columns) = (a < axis ? rows : columns) * x.dim(a);
  c.out(0, Reshape(f(Reshape(x, {rows, columns}), 1), x.shape()));
}

void ImportSoftmax(NodeImport& c) {
  SoftmaxLike(c, [](Value x, int axis) { return Softmax(x, {.axis = axis}); });
}

void ImportLogSoftmax(NodeImport& c) {
  SoftmaxLike(c, [](Value x, int axis) { return LogSoftmax(x, {.axis = axis}); });
}

// 1 at the first largest element, else 0.
void ImportHardmax(NodeImport& c) {
  SoftmaxLike(c, [&c](Value x, int axis) {
    const int64_t depth = KnownDim(c, x, axis);
    return OneHot(ArgMax(x, {.axis = axis}), depth, {.dtype = x.dtype(), .axis = axis});
  });
}

constexpr Row kRows[] = {
    {"Celu", ImportCelu, 1},
    {"Elu", ImportElu, 1},
    {"Gelu", ImportGelu, 1},
    {"HardSigmoid", ImportHardSigmoid, 1},
    {"HardSwish", Unary<HardSilu>, 1},
    {"Hardmax", ImportHardmax, 1},
    {"LeakyRelu", ImportLeakyRelu, 1},
    {"LogSoftmax", ImportLogSoftmax, 1},
    {"Mish", Unary<Mish>, 1},
    {"PRelu", ImportPRelu, 2},
    {"Relu", Unary<Relu>, 1},
    {"Selu", ImportSelu, 1},
    {"Shrink", ImportShrink, 1},
    {"Sigmoid", Unary<Sigmoid>, 1},
    {"Softmax", ImportSoftmax, 1},
    {"Softplus", Unary<Softplus>, 1},
    {"Softsign", Unary<Softsign>, 1},
    {"SwiGLU", ImportSwiGlu, 2},
    {"Swish", ImportSwish, 1},
    {"Tanh", Unary<Tanh>, 1},
    {"ThresholdedRelu", ImportThresholdedRelu, 1},
};

}  // namespace

absl::Span<const Row> ActivationRows() { return kRows; }

}  // namespace dagrad::onnx

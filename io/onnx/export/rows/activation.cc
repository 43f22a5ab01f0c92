// Activations of neural networks, and their gradients.
#include <cmath>
#include <string>

#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {
namespace {

bool HasDType(const NodeExport& c) { return c.dtype(0) != DType::kBFloat16 || c.opset() >= 22; }

void WriteSoftplus(NodeExport& c) { c.out(0, c.Op("Softplus", {c.in(0)})); }
void WriteSoftsign(NodeExport& c) { c.out(0, c.Op("Softsign", {c.in(0)})); }
void WriteSigmoid(NodeExport& c) { c.out(0, Sigmoid(c.in(0))); }
void WriteTanh(NodeExport& c) { c.out(0, Tanh(c.in(0))); }

bool IsSigned(const NodeExport& c) { return kSignedTypes.Contains(c.dtype(0)); }
// Unsigned numbers are their own.
void WriteRelu(NodeExport& c) { c.out(0, c.Op(IsSigned(c) ? "Relu" : "Identity", {c.in(0)})); }

void WriteRelu6(NodeExport& c) {
  const Var x = c.in(0);
  c.out(0, Min(Max(x, c.Scalar(0, x.dtype)), c.Scalar(6, x.dtype)));
}

bool IsSameSlope(const NodeExport& c) {
  return HasDType(c) && FitsFloat(c.attr<double>("alpha"), c.dtype(0));
}
void WriteLeakyRelu(NodeExport& c) {
  const double alpha = c.attr<double>("alpha");
  if (FitsFloat(alpha, c.dtype(0)))
    return c.out(0, c.Op("LeakyRelu", {c.in(0)}, {{"alpha", alpha}}));
  const Var x = c.in(0);
  c.out(0, c.Where(x > 0.0, x, x * alpha));
}
void WriteElu(NodeExport& c) {
  const double alpha = c.attr<double>("alpha");
  const Var x = c.in(0);
  if (FitsFloat(alpha, c.dtype(0))) return c.out(0, c.Op("Elu", {x}, {{"alpha", alpha}}));
  c.out(0, c.Where(x > 0.0, x, Expm1(x) * alpha));
}

// dy where 0 < y (< 6), or y is NaN; else 0.
void WriteReluGrad(NodeExport& c) {
  const Var y = c.in(0), dy = c.in(1);
  const auto at = [&](const char* op, double bound) {
    return c.Op(op, {y, c.Scalar(bound, y.dtype)}, {}, DType::kBool);
  };
  Var is_flat = at("LessOrEqual", 0);
  if (c.attr<std::string>("activation") == "relu6")
    is_flat = c.Op("Or", {is_flat, at("GreaterOrEqual", 6)}, {}, DType::kBool);
  c.out(0, c.Where(is_flat, c.Scalar(0, dy.dtype), dy));
}

bool IsTanhForm(const NodeExport& c) { return c.attr<std::string>("approximate") == "tanh"; }
const double kRoot2OverPi = std::sqrt(2 / M_PI);
constexpr double kCubic = 0.044715;

bool IsSameGelu(const NodeExport& c) { return c.opset() >= 20; }
void WriteGelu(NodeExport& c) {
  const Var x = c.in(0);
  if (IsSameGelu(c))
    return c.out(0, c.Op("Gelu", {x}, {{"approximate", IsTanhForm(c) ? "tanh" : "none"}}));
  if (IsTanhForm(c)) return c.out(0, x * 0.5 * (Tanh((x + x * x * x * kCubic) * kRoot2OverPi) + 1));
  c.out(0, x * 0.5 * (Erf(x * M_SQRT1_2) + 1));
}

// dy·(Φ + x φ); with tanh, s = σ(2u) stands for Φ, and s (1 - s)·2u' for φ.
void WriteGeluGrad(NodeExport& c) {
  const Var x = c.in(0), dy = c.in(1);
  if (IsTanhForm(c)) {
    const Var square = x * x;
    const Var s = Sigmoid((square * kCubic + 1) * x * (2 * kRoot2OverPi));
    const Var slope = (square * (3 * kCubic) + 1) * (2 * kRoot2OverPi);
    return c.out(0, dy * (s + x * s * (1 - s) * slope));
  }
  const Var cdf = (Erf(x * M_SQRT1_2) + 1) * 0.5;
  const Var density = Exp(x * x * -0.5) * (1 / std::sqrt(2 * M_PI));
  // Where the density is 0, x may be infinite.
  const Var rest = c.Where(density > 0.0, x * density, density);
  c.out(0, dy * (cdf + rest));
}

bool IsSameSoftmax(const NodeExport& c) { return c.rank(0) > 0; }
void WriteSoftmax(NodeExport& c) {
  const auto op = c.node().op->name;
  c.out(0, c.Op(op, {c.in(0)}, {{"axis", c.attr<int64_t>("axis")}}));
}

constexpr ExportRow kRows[] = {
    {"Elu", WriteElu, IsSameSlope},
    {"Gelu", WriteGelu, IsSameGelu},
    {"GeluGrad", WriteGeluGrad},
    {"LeakyRelu", WriteLeakyRelu,
     [](const NodeExport& c) { return FitsFloat(c.attr<double>("alpha"), c.dtype(0)); }},
    {"LogSoftmax", WriteSoftmax, IsSameSoftmax},
    {"Relu", WriteRelu, IsSigned},
    {"Relu6", WriteRelu6},
    {"ReluGrad", WriteReluGrad},
    {"Sigmoid", WriteSigmoid, Always},
    {"Softmax", WriteSoftmax, IsSameSoftmax},
    {"Softplus", WriteSoftplus, HasDType},
    {"Softsign", WriteSoftsign, HasDType},
    {"Tanh", WriteTanh, Always},
};

}  // namespace

absl::Span<const ExportRow> ActivationExportRows() { return kRows; }

}  // namespace dagrad::onnx

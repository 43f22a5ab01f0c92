#include "dagrad/ops/shape/pad/pad.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/shape/pad/pad_internal.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad {
namespace {

using Ints = std::vector<int64_t>;

absl::Status CheckAmounts(const Ints& low, const Ints& high, int rank, absl::string_view c1,
                          absl::string_view c2) {
  if (static_cast<int>(low.size()) != rank || static_cast<int>(high.size()) != rank) {
    return InferContext::Fail(c1, absl::StrCat("rank ", rank, " needs as many amounts; low has ",
                                               low.size(), ", high has ", high.size()));
  }
  for (int a = 0; a < rank; ++a) {
    if (low[a] >= 0 && high[a] >= 0) continue;
    return InferContext::Fail(c2, absl::StrCat("axis ", a, " is padded by ", low[a], " and ",
                                               high[a], ": neither may be negative"));
  }
  return absl::OkStatus();
}

absl::Status CheckAxes(const Shape& x, const Ints& low, const Ints& high, absl::string_view mode,
                       absl::string_view label) {
  for (int a = 0; a < x.rank(); ++a) {
    if (!x.dim(a).is_known()) continue;
    const std::string problem =
        ops::pad_internal::AxisProblem(mode, x.dim(a).value(), low[a], high[a]);
    if (!problem.empty())
      return InferContext::Fail(label,
                                absl::StrCat("axis ", a, " of ", x.ToString(), ": ", problem));
  }
  return absl::OkStatus();
}

absl::Status InferPad(InferContext& c) {
  const Shape& x = c.shape(0);
  const auto& low = c.attr<Ints>("low");
  const auto& high = c.attr<Ints>("high");
  const auto& mode = c.attr<std::string>("mode");
  DAGRAD_RETURN_IF_ERROR(CheckAmounts(low, high, x.rank(), "pad_c1", "pad_c2"));
  if (mode != "constant" && mode != "reflect" && mode != "edge") {
    return InferContext::Fail(
        "pad_c3", absl::StrCat("mode \"", mode, "\" is none of constant, reflect, edge"));
  }
  if (mode == "constant" && !ops::IsRepresentable(c.attr<double>("value"), c.dtype(0))) {
    return InferContext::Fail(
        "pad_c4", absl::StrCat(DTypeName(c.dtype(0)), " cannot hold ", c.attr<double>("value")));
  }
  DAGRAD_RETURN_IF_ERROR(CheckAxes(x, low, high, mode, "pad_c5"));
  Shape y;
  for (int a = 0; a < x.rank(); ++a) y.push_back(x.dim(a) + Dim(low[a]) + Dim(high[a]));
  c.SetOutput(0, c.dtype(0), std::move(y));
  return absl::OkStatus();
}

absl::Status InferPadGrad(InferContext& c) {
  const Shape& dy = c.shape(0);
  const auto& low = c.attr<Ints>("low");
  const auto& high = c.attr<Ints>("high");
  const auto& mode = c.attr<std::string>("mode");
  DAGRAD_RETURN_IF_ERROR(CheckAmounts(low, high, dy.rank(), "pad_grad_c1", "pad_grad_c2"));
  if (mode != "reflect" && mode != "edge") {
    return InferContext::Fail("pad_grad_c3",
                              absl::StrCat("mode \"", mode, "\" is none of reflect, edge"));
  }
  Shape dx;
  for (int a = 0; a < dy.rank(); ++a) {
    const Dim d = dy.dim(a) - Dim(low[a]) - Dim(high[a]);
    if (dy.dim(a).is_known() && !d.is_known()) {
      return InferContext::Fail("pad_grad_c4", absl::StrCat("axis ", a, " of ", dy.ToString(),
                                                            " is smaller than its padding"));
    }
    dx.push_back(d);
  }
  DAGRAD_RETURN_IF_ERROR(CheckAxes(dx, low, high, mode, "pad_grad_c4"));
  c.SetOutput(0, c.dtype(0), std::move(dx));
  return absl::OkStatus();
}

// y = P x (+ a constant) with one 1 in each row of P, so x̄ = Pᵀ ȳ: to x̄_j go the cotangents of all
// elements that x_j was copied to. In mode constant that is the one at j + low.
absl::Status PadGradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  const auto low = c.attr<Ints>("low");
  const auto mode = c.attr<std::string>("mode");
  if (mode == "constant") {
    c.SetGrad(0, Slice(c.cotangent(), Shape(absl::MakeConstSpan(low)), Shape(c.input(0).shape())));
  } else {
    c.SetGrad(0, PadGrad(c.cotangent(), low, c.attr<Ints>("high"), mode));
  }
  return absl::OkStatus();
}

// dx = Pᵀ dy, so the cotangent of dy is P times that of dx.
absl::Status PadGradGradient(GradContext& c) {
  if (c.needs_grad(0)) {
    c.SetGrad(0, Pad(c.cotangent(), c.attr<Ints>("low"), c.attr<Ints>("high"),
                     {.mode = c.attr<std::string>("mode")}));
  }
  return absl::OkStatus();
}

OpDef MakePad() {
  return {
      .name = "Pad",
      .label = "pad",
      .doc =
          "Adds low[a] elements before and high[a] elements after each axis a.\n"
          "With s = i - low: y[i] = x[s] inside x. Outside it is value (mode constant), x at s "
          "clamped to\n"
          "x's bounds (edge), or x at s mirrored at the first and last element (reflect).",
      .inputs = {{"x", kAnyType, "T", "tensor of any shape"}},
      .outputs = {{"y", kAnyType, "T", "x with its padding"}},
      .attrs = {{"low", AttrKind::kInts, std::nullopt, "elements added before each axis"},
                {"high", AttrKind::kInts, std::nullopt, "elements added after each axis"},
                {"mode", AttrKind::kString, Attribute("constant"), "constant, reflect or edge"},
                {"value", AttrKind::kFloat, Attribute(0.0), "of the padding in mode constant"}},
      .traits = kMovesElements,
      .constraints = {{"pad_c1", "low and high have one entry per axis"},
                      {"pad_c2", "no amount is negative"},
                      {"pad_c3", "mode is constant, reflect or edge"},
                      {"pad_c4", "an integer or bool x can hold value"},
                      {"pad_c5",
                       "reflect: amounts are below the dimension; edge: the dimension is not 0"}},
      .infer = InferPad,
      .gradient = PadGradient,
      .make_kernel = ops::pad_internal::MakePadKernel,
      .samples = ops::pad_internal::PadSamples};
}

OpDef MakePadGrad() {
  return {
      .name = "PadGrad",
      .label = "pad_grad",
      .doc =
          "Gradient of Pad in mode reflect or edge.\n"
          "dx[j] = Σ dy[i] over all i for which Pad copies y[i] from x[j].",
      .inputs = {{"dy", kFloatTypes, "T", "cotangent of Pad's result"}},
      .outputs = {{"dx", kFloatTypes, "T", "cotangent of Pad's input"}},
      .attrs = {{"low", AttrKind::kInts, std::nullopt, "elements that were added before each axis"},
                {"high", AttrKind::kInts, std::nullopt, "elements that were added after each axis"},
                {"mode", AttrKind::kString, std::nullopt, "reflect or edge"}},
      .constraints = {{"pad_grad_c1", "low and high have one entry per axis"},
                      {"pad_grad_c2", "no amount is negative"},
                      {"pad_grad_c3", "mode is reflect or edge"},
                      {"pad_grad_c4", "dy is as large as Pad makes its result"}},
      .infer = InferPadGrad,
      .gradient = PadGradGradient,
      .make_kernel = ops::pad_internal::MakePadGradKernel,
      .samples = ops::pad_internal::PadGradSamples};
}

}  // namespace

namespace ops {

std::string pad_internal::AxisProblem(absl::string_view mode, int64_t dim, int64_t low,
                                      int64_t high) {
  if (mode == "reflect" && std::max(low, high) > std::max<int64_t>(dim - 1, 0)) {
    return absl::StrCat("mode reflect pads ", dim, " elements by at most ",
                        std::max<int64_t>(dim - 1, 0), ", not by ", low, " and ", high);
  }
  if (mode == "edge" && dim == 0 && (low > 0 || high > 0))
    return "mode edge has no element to repeat";
  return "";
}

const OpDef& PadOp() { return Singleton<MakePad>(); }
const OpDef& PadGradOp() { return Singleton<MakePadGrad>(); }
}  // namespace ops

Value Pad(Operand x, Ints low, Ints high, const PadOptions& options) {
  return AddNode(ops::PadOp(), {x},
                 {{"low", std::move(low)},
                  {"high", std::move(high)},
                  {"mode", options.mode},
                  {"value", options.value}});
}

Value PadGrad(Operand dy, Ints low, Ints high, std::string mode) {
  return AddNode(ops::PadGradOp(), {dy},
                 {{"low", std::move(low)}, {"high", std::move(high)}, {"mode", std::move(mode)}});
}

}  // namespace dagrad

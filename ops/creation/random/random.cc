#include "dagrad/ops/creation/random/random.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/convert.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/random/random_internal.h"

namespace dagrad {
namespace {

// v as `dtype` holds it.
double ConvertedTo(DType dtype, double v) {
  double result = v;
  DispatchDType(dtype,
                [&](auto zero) { result = static_cast<double>(Convert<decltype(zero)>(v)); });
  return result;
}

bool FiniteIn(DType dtype, double v) { return std::isfinite(ConvertedTo(dtype, v)); }

// What the three ops share: the key, the dtype, the result's type.
absl::Status InferDraw(InferContext& c, absl::string_view label) {
  DAGRAD_RETURN_IF_ERROR(ops::CheckKey(c.input(0), absl::StrCat(label, "_c1")));
  const DType dtype = c.attr<DType>("dtype");
  if (!IsFloating(dtype)) {
    return InferContext::Fail(
        absl::StrCat(label, "_c2"),
        absl::StrCat("attribute \"dtype\" is ", DTypeName(dtype), ", not floating"));
  }
  c.SetOutput(0, dtype, c.attr<Shape>("shape"));
  return absl::OkStatus();
}

absl::Status InferUniform(InferContext& c) {
  DAGRAD_RETURN_IF_ERROR(InferDraw(c, "random_uniform"));
  const DType dtype = c.attr<DType>("dtype");
  const double lo = c.attr<double>("lo"), hi = c.attr<double>("hi");
  const bool distinct = ConvertedTo(dtype, lo) < ConvertedTo(dtype, hi);
  if (!distinct || !FiniteIn(dtype, lo) || !FiniteIn(dtype, hi) || !FiniteIn(dtype, hi - lo)) {
    return InferContext::Fail("random_uniform_c3",
                              absl::StrCat("lo ", lo, " and hi ", hi, " are no finite range"));
  }
  return absl::OkStatus();
}

absl::Status InferAnyNormal(InferContext& c, absl::string_view label) {
  DAGRAD_RETURN_IF_ERROR(InferDraw(c, label));
  const DType dtype = c.attr<DType>("dtype");
  const double mean = c.attr<double>("mean"), stddev = c.attr<double>("stddev");
  if (!FiniteIn(dtype, mean) || !FiniteIn(dtype, stddev) || stddev < 0) {
    return InferContext::Fail(
        absl::StrCat(label, "_c3"),
        absl::StrCat("mean ", mean, " must be finite, stddev ", stddev, " finite and >= 0"));
  }
  return absl::OkStatus();
}

absl::Status InferNormal(InferContext& c) { return InferAnyNormal(c, "random_normal"); }
absl::Status InferTruncatedNormal(InferContext& c) { return InferAnyNormal(c, "truncated_normal"); }

// The inverse of a distribution function costs two polynomials and, in the tails, a logarithm.
OpCost Cost(const CostContext& c) {
  const double n = static_cast<double>(NumElements(c.outputs[0]));
  return {40 * n, 8 * n};
}

OpDef MakeDraw(absl::string_view name, absl::string_view label, absl::string_view doc) {
  return {.name = name,
          .label = label,
          .doc = doc,
          .inputs = {{.name = "key",
                      .dtypes = {DType::kInt64},
                      .doc = "Philox key {seed, counter}",
                      .differentiable = false}},
          .outputs = {{.name = "y", .dtypes = kFloatTypes, .doc = "the random numbers"}},
          .attrs = {{"shape", AttrKind::kShape, std::nullopt, "shape of the result"},
                    {"dtype", AttrKind::kDType, DType::kFloat32, "dtype of the result"},
                    {"stream", AttrKind::kInt, 0, "tells apart the nodes that draw from one key"}},
          .traits = kRandom,
          .cost = Cost};
}

OpDef MakeUniform() {
  OpDef op = MakeDraw(
      "RandomUniform", "random_uniform",
      "Random numbers, uniform in [lo, hi): y = lo + (hi - lo) u, with u uniform in [0, 1).\n"
      "Each depends on key, stream and the element's number only.");
  op.attrs.push_back({"lo", AttrKind::kFloat, 0.0, "lower bound, included"});
  op.attrs.push_back({"hi", AttrKind::kFloat, 1.0, "upper bound, excluded"});
  op.constraints = {{"random_uniform_c1", "the key is an int64[2]"},
                    {"random_uniform_c2", "dtype is a floating dtype"},
                    {"random_uniform_c3", "lo < hi, and both and hi - lo are finite in dtype"}};
  op.infer = InferUniform;
  op.make_kernel = ops::random_internal::MakeUniformKernel;
  op.samples = ops::random_internal::MakeUniformSamples;
  return op;
}

void AddNormalAttrs(OpDef* op) {
  op->attrs.push_back({"mean", AttrKind::kFloat, 0.0, "mean"});
  op->attrs.push_back({"stddev", AttrKind::kFloat, 1.0, "standard deviation (before truncation)"});
}

OpDef MakeNormal() {
  OpDef op = MakeDraw(
      "RandomNormal", "random_normal",
      "Random numbers with a normal distribution: y = mean + stddev z, z standard normal.\n"
      "Each depends on key, stream and the element's number only.");
  AddNormalAttrs(&op);
  op.constraints = {{"random_normal_c1", "the key is an int64[2]"},
                    {"random_normal_c2", "dtype is a floating dtype"},
                    {"random_normal_c3", "mean is finite, stddev finite and >= 0"}};
  op.infer = InferNormal;
  op.make_kernel = ops::random_internal::MakeNormalKernel;
  op.samples = ops::random_internal::MakeNormalSamples;
  return op;
}

OpDef MakeTruncatedNormal() {
  OpDef op =
      MakeDraw("TruncatedNormal", "truncated_normal",
               "Random numbers with a normal distribution cut off at two standard deviations:\n"
               "y = mean + stddev z, with z standard normal but redrawn until -2 <= z <= 2.\n"
               "Each depends on key, stream and the element's number only.");
  AddNormalAttrs(&op);
  op.constraints = {{"truncated_normal_c1", "the key is an int64[2]"},
                    {"truncated_normal_c2", "dtype is a floating dtype"},
                    {"truncated_normal_c3", "mean is finite, stddev finite and >= 0"}};
  op.infer = InferTruncatedNormal;
  op.make_kernel = ops::random_internal::MakeTruncatedNormalKernel;
  op.samples = ops::random_internal::MakeTruncatedNormalSamples;
  return op;
}

Value AddDraw(const OpDef& op, const Operand& key, AttrMap attrs) {
  return AddNode(op, {key}, std::move(attrs));
}

AttrMap NormalAttrs(const Shape& shape, const RandomNormalOptions& o) {
  return {{"shape", shape},
          {"dtype", o.dtype},
          {"mean", o.mean},
          {"stddev", o.stddev},
          {"stream", o.stream}};
}

}  // namespace

namespace ops {
const OpDef& RandomUniformOp() { return Singleton<MakeUniform>(); }
const OpDef& RandomNormalOp() { return Singleton<MakeNormal>(); }
const OpDef& TruncatedNormalOp() { return Singleton<MakeTruncatedNormal>(); }

absl::Status CheckKey(const ValueType& key, absl::string_view label) {
  if (key == ValueType{DType::kInt64, Shape({2})}) return absl::OkStatus();
  return InferContext::Fail(label, absl::StrCat("the key is ", key.ToString(), ", not int64[2]"));
}
}  // namespace ops

Value RandomUniform(Operand key, const Shape& shape, const RandomUniformOptions& o) {
  return AddDraw(
      ops::RandomUniformOp(), key,
      {{"shape", shape}, {"dtype", o.dtype}, {"lo", o.lo}, {"hi", o.hi}, {"stream", o.stream}});
}

Value RandomNormal(Operand key, const Shape& shape, const RandomNormalOptions& options) {
  return AddDraw(ops::RandomNormalOp(), key, NormalAttrs(shape, options));
}

Value TruncatedNormal(Operand key, const Shape& shape, const RandomNormalOptions& options) {
  return AddDraw(ops::TruncatedNormalOp(), key, NormalAttrs(shape, options));
}

}  // namespace dagrad

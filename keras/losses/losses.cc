#include "dagrad/keras/losses/losses.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/identity/identity.h"

namespace dagrad::keras {
namespace {

constexpr double kEpsilon = 1e-7;  // Keras's backend epsilon

using LossFunction = Value (*)(Value y, Value p, const LossOptions& options);

Value LastMean(Value x) { return ReduceMean(x, {.axes = {-1}}); }
Value LastSum(Value x) { return ReduceSum(x, {.axes = {-1}}); }

Value SquaredError(Value y, Value p, const LossOptions&) { return LastMean(Square(p - y)); }
Value AbsoluteError(Value y, Value p, const LossOptions&) { return LastMean(Abs(p - y)); }

Value PercentageError(Value y, Value p, const LossOptions&) {
  return 100.0 * LastMean(Abs((y - p) / Maximum(Abs(y), kEpsilon)));
}

Value SquaredLogError(Value y, Value p, const LossOptions&) {
  return LastMean(Square(Log1p(Maximum(p, kEpsilon)) - Log1p(Maximum(y, kEpsilon))));
}

Value Huber(Value y, Value p, const LossOptions& o) {
  Value error = Abs(p - y);
  Value quadratic = 0.5 * Square(error);
  Value linear = o.delta * error - 0.5 * o.delta * o.delta;
  return LastMean(Select(LessEqual(error, o.delta), quadratic, linear));
}

Value LogCosh(Value y, Value p, const LossOptions&) {
  Value d = p - y;
  return LastMean(d + Softplus(-2.0 * d) - std::log(2.0));
}

// Targets of 0 and 1 are turned into -1 and 1, if there are no others.
Value SignedTargets(Value y) {
  Value binary = ReduceAll(LogicalOr(Equal(y, 0.0), Equal(y, 1.0)));
  return Select(binary, 2.0 * y - 1.0, y);
}

Value HingeError(Value y, Value p) { return Maximum(1.0 - SignedTargets(y) * p, 0.0); }
Value Hinge(Value y, Value p, const LossOptions&) { return LastMean(HingeError(y, p)); }
Value SquaredHinge(Value y, Value p, const LossOptions&) {
  return LastMean(Square(HingeError(y, p)));
}

Value Poisson(Value y, Value p, const LossOptions&) { return LastMean(p - y * Log(p + kEpsilon)); }

Value KlDivergence(Value y, Value p, const LossOptions&) {
  Value target = Clip(y, kEpsilon, 1);
  return LastSum(target * Log(target / Clip(p, kEpsilon, 1)));
}

// x / max(|x|, 1e-7). The largest element is divided out before anything is squared, so that |x|
// may be as large as a number; the result does not depend on it, nor does the gradient.
Value Normalized(Value x) {
  const ReduceOptions last = {.axes = {-1}, .keepdims = true};
  const Value largest = StopGradient(Maximum(ReduceMax(Abs(x), last), kEpsilon));
  const Value scaled = x / largest;
  return scaled * Rsqrt(Maximum(ReduceSum(Square(scaled), last), Square(kEpsilon / largest)));
}
Value CosineSimilarity(Value y, Value p, const LossOptions&) {
  return Neg(LastSum(Normalized(y) * Normalized(p)));
}

// The logits, if `p` comes straight out of a node of op `activation`; else invalid.
Value LogitsBehind(Value p, absl::string_view activation) {
  if (!p.valid() || p.node().op->name != activation) return Value();
  if (activation == "Softmax" && p.node().attrs.Get<int64_t>("axis") != -1 &&
      p.node().attrs.Get<int64_t>("axis") != p.rank() - 1) {
    return Value();
  }
  return Value(p.builder(), p.node().inputs[0]);
}

Value BinaryCrossentropy(Value y, Value p, const LossOptions& o) {
  if (o.label_smoothing > 0) y = y * (1 - o.label_smoothing) + 0.5 * o.label_smoothing;
  Value logits = o.from_logits ? p : LogitsBehind(p, "Sigmoid");
  if (logits.valid()) return LastMean(SigmoidCrossEntropy(logits, y));
  Value q = Clip(p, kEpsilon, 1 - kEpsilon);
  return LastMean(Neg(y * Log(q) + (1.0 - y) * Log(1.0 - q)));
}

// p scaled to sum 1, clipped.
Value Probabilities(Value p) {
  return Clip(p / ReduceSum(p, {.axes = {-1}, .keepdims = true}), kEpsilon, 1 - kEpsilon);
}

Value CategoricalCrossentropy(Value y, Value p, const LossOptions& o) {
  if (o.label_smoothing > 0 && p.valid() && p.dim(-1).is_known()) {
    y = y * (1 - o.label_smoothing) + o.label_smoothing / static_cast<double>(p.dim(-1).value());
  }
  Value logits = o.from_logits ? p : LogitsBehind(p, "Softmax");
  if (logits.valid()) return SoftmaxCrossEntropy(logits, y);
  return Neg(LastSum(y * Log(Probabilities(p))));
}

Value SparseCategoricalCrossentropy(Value y, Value p, const LossOptions& o) {
  Value logits = o.from_logits ? p : LogitsBehind(p, "Softmax");
  // Of probabilities, ln p serves as logits: their softmax is p scaled to sum 1.
  if (!logits.valid()) logits = Log(Probabilities(p));
  return SparseSoftmaxCrossEntropy(logits, y);
}

// The options of LossOptions that a loss has.
enum : unsigned { kNone = 0, kFromLogits = 1, kLabelSmoothing = 2, kDelta = 4 };

struct Entry {
  const char* name;
  const char* short_name;
  LossFunction function;
  unsigned options = kNone;
  TargetKind target = TargetKind::kDense;
};

constexpr Entry kTable[] = {
    {"binary_crossentropy", "bce", BinaryCrossentropy, kFromLogits | kLabelSmoothing},
    {"categorical_crossentropy", "", CategoricalCrossentropy, kFromLogits | kLabelSmoothing},
    {"cosine_similarity", "", CosineSimilarity},
    {"hinge", "", Hinge},
    {"huber", "", Huber, kDelta},
    {"kl_divergence", "kld", KlDivergence},
    {"log_cosh", "logcosh", LogCosh},
    {"mean_absolute_error", "mae", AbsoluteError},
    {"mean_absolute_percentage_error", "mape", PercentageError},
    {"mean_squared_error", "mse", SquaredError},
    {"mean_squared_logarithmic_error", "msle", SquaredLogError},
    {"poisson", "", Poisson},
    {"sparse_categorical_crossentropy", "", SparseCategoricalCrossentropy, kFromLogits,
     TargetKind::kSparse},
    {"squared_hinge", "", SquaredHinge},
};

const Entry* Find(absl::string_view name) {
  for (const Entry& e : kTable) {
    if (name == e.name || (!name.empty() && name == e.short_name)) return &e;
  }
  return nullptr;
}

// Whether `loss` has `option`, or leaves it at its default.
absl::Status CheckHas(const Entry& loss, unsigned option, const char* option_name,
                      bool is_default) {
  if (is_default || (loss.options & option) != 0) return absl::OkStatus();
  std::vector<std::string> having;
  for (const Entry& e : kTable) {
    if ((e.options & option) != 0) having.emplace_back(e.name);
  }
  return InvalidArgumentError(absl::StrCat("loss ", loss.name, " has no option \"", option_name,
                                           "\"; it is one of ", absl::StrJoin(having, ", ")));
}

}  // namespace

Loss::Loss(const char* name, LossOptions options)
    : Loss(std::string(name == nullptr ? "" : name), options) {}

Loss::Loss(const std::string& name, LossOptions options) : name_(name), options_(options) {
  if (const Entry* e = Find(name)) name_ = e->name;
}

std::vector<std::string> LossNames() {
  std::vector<std::string> names;
  for (const Entry& e : kTable) names.emplace_back(e.name);
  return names;
}

std::vector<std::string> LossAliases() {
  std::vector<std::string> names;
  for (const Entry& e : kTable) {
    if (*e.short_name != '\0') names.emplace_back(e.short_name);
  }
  return names;
}

absl::Status Loss::Validate() const {
  const Entry* e = Find(name_);
  if (e == nullptr) {
    return InvalidArgumentError(
        absl::StrCat("unknown loss \"", name_, "\"", PerhapsOf(name_, LossNames())));
  }
  DAGRAD_RETURN_IF_ERROR(CheckHas(*e, kFromLogits, "from_logits", !options_.from_logits));
  DAGRAD_RETURN_IF_ERROR(
      CheckHas(*e, kLabelSmoothing, "label_smoothing", options_.label_smoothing == 0));
  DAGRAD_RETURN_IF_ERROR(CheckHas(*e, kDelta, "delta", options_.delta == 1));
  if (!(options_.label_smoothing >= 0 && options_.label_smoothing <= 1)) {
    return InvalidArgumentError(
        absl::StrCat("label_smoothing must be in [0, 1], not ", options_.label_smoothing));
  }
  if (!(options_.delta > 0) || std::isinf(options_.delta)) {
    return InvalidArgumentError(
        absl::StrCat("delta must be positive and finite, not ", options_.delta));
  }
  return absl::OkStatus();
}

TargetKind Loss::target_kind() const {
  const Entry* e = Find(name_);
  return e == nullptr ? TargetKind::kDense : e->target;
}

Value Loss::PerExample(Value target, Value prediction) const {
  if (prediction.builder() == nullptr) return Value();
  if (absl::Status s = Validate(); !s.ok()) return prediction.builder()->Fail(s);
  return Find(name_)->function(target, prediction, options_);
}

Json Loss::ToJson() const {
  return {{"name", name_},
          {"from_logits", options_.from_logits},
          {"label_smoothing", options_.label_smoothing},
          {"delta", options_.delta}};
}

absl::StatusOr<Loss> Loss::FromJson(const Json& json) {
  DAGRAD_RETURN_IF_ERROR(
      CheckKeys("a loss", json, {"name", "from_logits", "label_smoothing", "delta"}));
  std::string name;
  LossOptions options;
  const bool good = ReadJson(Member(json, "name"), &name) &&
                    ReadJson(Member(json, "from_logits"), &options.from_logits) &&
                    ReadJson(Member(json, "label_smoothing"), &options.label_smoothing) &&
                    ReadJson(Member(json, "delta"), &options.delta);
  if (!good) return InvalidArgumentError("not the description of a loss");
  // Files of before may give a loss options that it does not have: they did nothing, and still do.
  const Entry* e = Find(name);
  const unsigned has = e == nullptr ? kNone : e->options;
  if ((has & kFromLogits) == 0) options.from_logits = false;
  if ((has & kLabelSmoothing) == 0 && options.label_smoothing != 0) options.label_smoothing = 0;
  if ((has & kDelta) == 0) options.delta = 1;
  Loss loss(name, options);
  if (absl::Status s = loss.Validate(); !s.ok()) return s;
  return loss;
}

}  // namespace dagrad::keras

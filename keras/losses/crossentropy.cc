#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

// Cross-entropies, of probabilities or of logits.
namespace dagrad::keras {
namespace {

using losses_internal::kEpsilon;

// The logits, if `p` comes straight out of a node of op `activation`; else invalid.
Value LogitsBehind(Value p, absl::string_view activation) {
  if (!p.valid() || p.node().op->name != activation) return Value();
  if (activation == "Softmax" && p.node().attrs.Get<int64_t>("axis") != -1 &&
      p.node().attrs.Get<int64_t>("axis") != p.rank() - 1) {
    return Value();
  }
  return Value(p.builder(), p.node().inputs[0]);
}

// p scaled to sum 1, clipped.
Value Probabilities(Value p) {
  return Clip(p / ReduceSum(p, {.axes = {-1}, .keepdims = true}), kEpsilon, 1 - kEpsilon);
}

// The options that the two with dense targets have.
template <typename T>
class DenseCrossentropy : public Configured<T, LossImpl, losses::CrossentropyOptions> {
 public:
  using Base = Configured<T, LossImpl, losses::CrossentropyOptions>;
  using Base::Base;
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("from_logits", o.from_logits);
    visit("label_smoothing", o.label_smoothing);
  }
  absl::Status Validate() const override {
    const double smoothing = this->options().label_smoothing;
    if (smoothing >= 0 && smoothing <= 1) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("label_smoothing must be in [0, 1], not ", smoothing));
  }
};

class Binary : public DenseCrossentropy<Binary> {
 public:
  using DenseCrossentropy::DenseCrossentropy;
  static constexpr const char* kName = "binary_crossentropy";
  static constexpr const char* kAliases[] = {"BinaryCrossentropy", "bce", "BCE"};
  Value PerExample(Value y, Value p) const override {
    const double smoothing = options().label_smoothing;
    if (smoothing > 0) y = y * (1 - smoothing) + 0.5 * smoothing;
    Value logits = options().from_logits ? p : LogitsBehind(p, "Sigmoid");
    if (logits.valid()) return ReduceMean(SigmoidCrossEntropy(logits, y), {.axes = {-1}});
    Value q = Clip(p, kEpsilon, 1 - kEpsilon);
    return ReduceMean(Neg(y * Log(q) + (1.0 - y) * Log(1.0 - q)), {.axes = {-1}});
  }
};

class Categorical : public DenseCrossentropy<Categorical> {
 public:
  using DenseCrossentropy::DenseCrossentropy;
  static constexpr const char* kName = "categorical_crossentropy";
  static constexpr const char* kAliases[] = {"CategoricalCrossentropy"};
  Value PerExample(Value y, Value p) const override {
    const double smoothing = options().label_smoothing;
    if (smoothing > 0 && p.valid() && p.dim(-1).is_known())
      y = y * (1 - smoothing) + smoothing / static_cast<double>(p.dim(-1).value());
    Value logits = options().from_logits ? p : LogitsBehind(p, "Softmax");
    if (logits.valid()) return SoftmaxCrossEntropy(logits, y);
    return Neg(ReduceSum(y * Log(Probabilities(p)), {.axes = {-1}}));
  }
};

class Sparse : public Configured<Sparse, LossImpl, losses::SparseCategoricalCrossentropyOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "sparse_categorical_crossentropy";
  static constexpr const char* kAliases[] = {"SparseCategoricalCrossentropy"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("from_logits", o.from_logits);
    visit("ignore_class", o.ignore_class);
  }
  TargetKind target_kind() const override { return TargetKind::kSparse; }
  Value PerExample(Value y, Value p) const override {
    Value logits = options().from_logits ? p : LogitsBehind(p, "Softmax");
    // Of probabilities, ln p serves as logits: their softmax is p scaled to sum 1.
    if (!logits.valid()) logits = Log(Probabilities(p));
    if (!options().ignore_class.has_value()) return SparseSoftmaxCrossEntropy(logits, y);
    return SparseSoftmaxCrossEntropy(logits, Select(Counted(y), y, ZerosLike(y)));
  }
  Value Valid(Value y, Value /*losses*/) const override {
    return options().ignore_class.has_value() ? Counted(y) : Value();
  }

 private:
  Value Counted(Value y) const { return NotEqual(y, static_cast<double>(*options().ignore_class)); }
};

}  // namespace

Loss losses::BinaryCrossentropy(const CrossentropyOptions& options) {
  return Loss(std::make_shared<Binary>(options));
}
Loss losses::CategoricalCrossentropy(const CrossentropyOptions& options) {
  return Loss(std::make_shared<Categorical>(options));
}
Loss losses::SparseCategoricalCrossentropy(const SparseCategoricalCrossentropyOptions& options) {
  return Loss(std::make_shared<Sparse>(options));
}

std::vector<LossClass> losses_internal::CrossentropyClasses() {
  return {Binary::Class(), Categorical::Class(), Sparse::Class()};
}

}  // namespace dagrad::keras

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/ops/control/scan/scan.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/one_hot/one_hot.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"

// Connectionist temporal classification (Graves et al. 2006), by the forward variables: alpha[s] of
// step t is the ln of the probability of all paths over steps 0 … t that end at symbol s of the
// labels with a blank before, between and behind them.
namespace dagrad::keras {
namespace {

using losses_internal::Within;

constexpr double kNever = -1e30;  // ln 0, finite for the sake of the gradients

Value Never(Value like, Shape shape) {
  return Full(like.builder(), like.dtype(), std::move(shape), kNever);
}

// [batch, labels] with blanks, 0, before, between and behind: [batch, 2 labels + 1].
Value WithBlanks(Value labels) {
  const Dim batch = labels.dim(0), count = labels.dim(1);
  const Value pairs =
      Reshape(Stack({ZerosLike(labels), labels}, 2), Shape({batch, count * Dim(2)}));
  return Concat({pairs, Full(labels.builder(), labels.dtype(), Shape({batch, Dim(1)}), 0)}, 1);
}

// x [batch, symbols] moved on by `by` symbols; what comes in is `fill`.
Value Shifted(Value x, int64_t by, Value fill) {
  const Shape kept({x.dim(0), x.dim(1) - Dim(by)});
  return Concat({fill, Slice(x, Shape({Dim(0), Dim(0)}), kept)}, 1);
}

// Where the path may come from two symbols before: at a label that is not the one before it.
Value MaySkip(Value symbols) {
  const Value none = Full(symbols.builder(), symbols.dtype(), Shape({symbols.dim(0), Dim(2)}), 0);
  return LogicalAnd(NotEqual(symbols, 0.0), NotEqual(symbols, Shifted(symbols, 2, none)));
}

// ln(e^a + e^b + e^c), element by element.
Value LogAddExp(Value a, Value b, Value c) {
  const Value largest = StopGradient(Maximum(Maximum(a, b), c));
  return largest + Log(Exp(a - largest) + Exp(b - largest) + Exp(c - largest));
}

// Symbols at `numbers` [batch, 1] of alpha [batch, symbols]: [batch].
Value At(Value alpha, Value numbers) {
  const Value places = Iota(alpha.builder(), DType::kInt64, Shape({alpha.dim(1)}), 0);
  const Value there = Equal(ExpandDims(places, 0), numbers);
  return ReduceSum(Select(there, alpha, ZerosLike(alpha)), {.axes = {1}});
}

class CtcLoss : public Configured<CtcLoss, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "ctc";
  static constexpr const char* kAliases[] = {"CTC"};
  TargetKind target_kind() const override { return TargetKind::kSequence; }
  Value PerExample(Value y, Value p) const override {
    if (!p.valid() || !y.valid()) return Value();
    if (p.rank() != 3 || !p.dim(-1).is_known()) {
      return p.builder()->Fail(InvalidArgumentError(
          absl::StrCat(kName, " takes logits [batch, steps, classes], not ", p.type().ToString())));
    }
    const Value symbols = Within(WithBlanks(y), p.dim(-1).value());
    const Value of_symbols = OneHot(symbols, p.dim(-1).value(), {.dtype = p.dtype()});
    const Value logs =  // [steps, batch, symbols]
        Transpose(MatMul(LogSoftmax(p), of_symbols, {.transpose_b = true}), {1, 0, 2});
    const Value alpha = Forward(symbols, logs);
    const Value length =
        ReduceSum(Cast(NotEqual(y, 0.0), DType::kInt64), {.axes = {1}, .keepdims = true});
    const Value last = At(alpha, length * 2.0);
    const Value before = Select(Equal(Squeeze(length, {1}), 0.0), Never(last, Shape()),
                                At(alpha, length * 2.0 - 1.0));
    return Neg(LogAddExp(last, before, Never(last, Shape())));
  }

 private:
  static Value Forward(Value symbols, Value logs) {
    const Dim batch = symbols.dim(0), count = symbols.dim(1);
    // Before the first step the path stands at the blank in front of all, from where it may go to
    // symbols 0 and 1.
    const Value first = Full(logs.builder(), logs.dtype(), Shape({batch, Dim(1)}), 0);
    const Value start = Concat({first, Never(logs, Shape({batch, count - Dim(1)}))}, 1);
    const Value skip = MaySkip(symbols);
    const ScanResult r =
        Scan({start}, {logs},
             [&](GraphBuilder&, absl::Span<const Value> carried, absl::Span<const Value> slices) {
               const Value alpha = carried[0];
               const Value one = Shifted(alpha, 1, Never(alpha, Shape({batch, Dim(1)})));
               const Value two = Shifted(alpha, 2, Never(alpha, Shape({batch, Dim(2)})));
               const Value skipped = Select(skip, two, Never(alpha, Shape()));
               return ScanStep{LogAddExp(alpha, one, skipped) + slices[0]};
             });
    return r.carried.empty() ? Value() : r.carried[0];
  }
};

}  // namespace

Loss losses::CTC() { return Loss(std::make_shared<CtcLoss>()); }

std::vector<LossClass> losses_internal::CtcClasses() { return {CtcLoss::Class()}; }

}  // namespace dagrad::keras

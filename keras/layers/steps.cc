#include "dagrad/keras/layers/steps.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/control/scan/scan.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::keras::layers_internal {
namespace {

// x with its first two axes exchanged.
Value SwapFirst(Value x) {
  std::vector<int64_t> perm = {1, 0};
  for (int a = 2; a < x.rank(); ++a) perm.push_back(a);
  return x.valid() ? Transpose(x, perm) : x;
}

// {y, states …} of a step that counts only where `mask` [batch] is true.
std::vector<Value> Masked(std::vector<Value> results, Value mask, absl::Span<const Value> states,
                          const StepOptions& o) {
  const Value there = ExpandDims(mask, 1);
  const Value held = o.zero_output_for_mask ? ZerosLike(results[0]) : states[o.output_state];
  results[0] = dagrad::Select(there, results[0], held);
  for (size_t i = 0; i < states.size(); ++i)
    results[i + 1] = dagrad::Select(there, results[i + 1], states[i]);
  return results;
}

}  // namespace

Value StepMask(CallContext& context, const LayerInputs& inputs) {
  Value mask = inputs.mask();
  if (!mask.valid()) return mask;
  for (int axis = mask.rank() - 1; axis >= 2; --axis) mask = ReduceAny(mask, {.axes = {axis}});
  const Shape wanted = {inputs[0].dim(0), inputs[0].dim(1)};
  if (mask.shape() == wanted) return mask;
  return context.builder()->Fail(InvalidArgumentError(
      absl::StrCat("the mask is ", mask.type().ToString(), "; wanted: [", wanted.dim(0).ToString(),
                   ",", wanted.dim(1).ToString(), "]")));
}

Value FirstState(CallContext& context, const LayerInputs& inputs, size_t i, int64_t size) {
  const ValueType wanted = {inputs[0].dtype(), {inputs[0].dim(0), size}};
  if (inputs.initial_state.empty()) return Full(context.builder(), wanted.dtype, wanted.shape, 0);
  const Value given = inputs.initial_state[i];
  if (!given.valid() || given.type() == wanted) return given;
  return context.builder()->Fail(InvalidArgumentError(absl::StrCat(
      "initial_state[", i, "] is ", given.type().ToString(), "; wanted: ", wanted.ToString())));
}

absl::Status StepsLayer::CarryStates(const ValueType& x, absl::Span<const int64_t> sizes) {
  const Dim batch = x.shape.dim(0);
  if (!batch.is_known()) {
    return InvalidArgumentError(
        absl::StrCat("is stateful and must know how many examples a batch has, but its input is ",
                     x.ToString(), ": give Input() a batch_size"));
  }
  carried_.clear();  // of a call that failed midway
  for (int64_t size : sizes) {
    const std::string name =
        carried_.empty() ? "rnn_state" : absl::StrCat("rnn_state_", carried_.size());
    carried_.push_back(AddCarried(name, x.dtype, {batch.value(), size}));
  }
  return absl::OkStatus();
}

std::vector<Value> StepsLayer::FirstStates(CallContext& context, const LayerInputs& inputs,
                                           absl::Span<const int64_t> sizes) const {
  const bool given = !inputs.initial_state.empty();
  std::vector<Value> states;
  for (size_t i = 0; i < sizes.size(); ++i) {
    states.push_back(carried_.empty() || given ? FirstState(context, inputs, i, sizes[i])
                                               : WeightValue(context, carried_[i]));
  }
  return states;
}

LayerOutputs StepsLayer::CarryOn(CallContext& context, LayerOutputs all, bool return_state) const {
  if (all.values.size() <= carried_.size()) return all;  // of an error
  for (size_t i = 0; i < carried_.size(); ++i)
    UpdateWeight(context, carried_[i], all.values[i + 1]);
  if (!return_state) all.values.resize(1);
  return all;
}

LayerOutputs RunSteps(CallContext& context, const LayerInputs& inputs, std::vector<Value> states,
                      const Step& step, const StepOptions& o) {
  const Value x = inputs[0], mask = StepMask(context, inputs);
  if (!x.valid()) return x;
  const size_t n = states.size();
  // Without return_sequences the last y is carried, behind the states.
  std::vector<Value> init = states, scanned = {SwapFirst(x)};
  if (!o.return_sequences)
    init.push_back(Full(context.builder(), x.dtype(), {x.dim(0), o.output_size}, 0));
  if (mask.valid()) scanned.push_back(SwapFirst(mask));
  const ScanResult r = Scan(
      init, scanned,
      [&](GraphBuilder& body, absl::Span<const Value> carried, absl::Span<const Value> slices) {
        const absl::Span<const Value> before = carried.first(n);
        std::vector<Value> results = step(slices[0], before);
        if (results.size() != n + 1) {
          body.Fail(InvalidArgumentError(absl::StrCat(
              "a step gives ", results.size(), " values; wanted: its output and ", n, " states")));
          results.resize(n + 1);
        }
        if (mask.valid()) results = Masked(std::move(results), slices[1], before, o);
        std::vector<Value> after(results.begin() + 1, results.end());
        if (o.return_sequences) return ScanStep{std::move(after), {results[0]}};
        after.push_back(results[0]);
        return ScanStep{std::move(after)};
      },
      {.reverse = o.go_backwards});
  if (r.carried.size() < init.size() || !r.carried[0].valid()) return Value();
  Value y = o.return_sequences ? SwapFirst(r.outputs[0]) : r.carried[n];
  if (o.return_sequences && o.go_backwards && y.valid()) {
    Shape starts(absl::MakeConstSpan(std::vector<Dim>(y.rank(), Dim(0))));
    starts.set_dim(1, y.dim(1) - 1);
    std::vector<int64_t> strides(y.rank(), 1);
    strides[1] = -1;
    y = Slice(y, starts, y.shape(), strides);
  }
  std::vector<Value> outputs = {y};
  if (o.return_state)
    outputs.insert(outputs.end(), r.carried.begin(), r.carried.begin() + static_cast<int64_t>(n));
  return {std::move(outputs), {o.return_sequences ? mask : Value()}};
}

}  // namespace dagrad::keras::layers_internal

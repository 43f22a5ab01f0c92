#include "dagrad/keras/layers/cell.h"

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/dropout/dropout.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::keras::layers_internal {
namespace {

Value Times(Value v, const std::vector<Value>& masks, size_t gate) {
  if (masks.empty()) return v;
  return v * masks[masks.size() == 1 ? 0 : gate];
}

// v · matrix [size, gates · units], each gate of v times its mask.
Value Project(Value v, Value matrix, const std::vector<Value>& masks) {
  if (masks.size() < 2) return MatMul(Times(v, masks, 0), matrix);
  std::vector<Value> gates;
  const std::vector<Value> parts = Split(matrix, static_cast<int>(masks.size()), 1);
  for (size_t i = 0; i < masks.size(); ++i) gates.push_back(MatMul(v * masks[i], parts[i]));
  return Concat(gates, 1);
}

Value Plus(Value y, Value bias) { return bias.valid() ? y + bias : y; }

// Row `row` of GRU's bias [2, 3 units].
Value BiasRow(Value bias, int64_t row) {
  if (!bias.valid()) return bias;
  return SliceAxis(bias, 0, {.start = Dim(row), .limit = Dim(row + 1)});
}

}  // namespace

std::vector<Value> SimpleStep(const StepWeights& w, Value x, absl::Span<const Value> states) {
  const Value z = Plus(Project(x, w.kernel, w.x_masks), w.bias);
  const Value h = Activate(w.activation, z + Project(states[0], w.recurrent, w.h_masks));
  return {h, h};
}

std::vector<Value> LstmStep(const StepWeights& w, Value x, absl::Span<const Value> states) {
  const Value z =
      Plus(Project(x, w.kernel, w.x_masks) + Project(states[0], w.recurrent, w.h_masks), w.bias);
  const std::vector<Value> gates = Split(z, 4, 1);
  const Value in = Activate(w.recurrent_activation, gates[0]);
  const Value forget = Activate(w.recurrent_activation, gates[1]);
  const Value out = Activate(w.recurrent_activation, gates[3]);
  const Value c = forget * states[1] + in * Activate(w.activation, gates[2]);
  const Value h = out * Activate(w.activation, c);
  return {h, h, c};
}

std::vector<Value> GruStep(const StepWeights& w, Value x, absl::Span<const Value> states) {
  const Value h = states[0];
  const Value bias = w.reset_after ? BiasRow(w.bias, 0) : w.bias;
  const std::vector<Value> of_x = Split(Plus(Project(x, w.kernel, w.x_masks), bias), 3, 1);
  const std::vector<Value> u = Split(w.recurrent, 3, 1);
  std::vector<Value> of_h;
  for (size_t gate = 0; gate < (w.reset_after ? 3 : 2); ++gate)
    of_h.push_back(MatMul(Times(h, w.h_masks, gate), u[gate]));
  if (w.reset_after && w.bias.valid()) {
    const std::vector<Value> more = Split(BiasRow(w.bias, 1), 3, 1);
    for (size_t gate = 0; gate < 3; ++gate) of_h[gate] = of_h[gate] + more[gate];
  }
  const Value update = Activate(w.recurrent_activation, of_x[0] + of_h[0]);
  const Value reset = Activate(w.recurrent_activation, of_x[1] + of_h[1]);
  const Value candidate =
      w.reset_after ? reset * of_h[2] : MatMul(reset * Times(h, w.h_masks, 2), u[2]);
  const Value y = update * h + (1.0 - update) * Activate(w.activation, of_x[2] + candidate);
  return {y, y};
}

std::vector<Value> DropMasks(CallContext& context, DType dtype, const Shape& shape, double rate,
                             int count) {
  std::vector<Value> masks;
  for (int i = 0; i < count && rate > 0; ++i) {
    const Value ones = Full(context.builder(), dtype, shape, 1);
    const Value key = context.RandomKey();
    masks.push_back(dagrad::Dropout(ones, key, {.rate = rate, .stream = context.NextStream()}));
  }
  return masks;
}

absl::Status CheckUnits(int64_t units) {
  if (units >= 1 && units <= kMaxDim) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("units must be positive, ", units < 1 ? "" : "and a size, ", "not ", units));
}

absl::Status CheckDropout(double dropout, double recurrent_dropout) {
  if (!(dropout >= 0 && dropout < 1))
    return InvalidArgumentError(absl::StrCat("dropout must be in [0, 1), not ", dropout));
  if (!(recurrent_dropout >= 0 && recurrent_dropout < 1)) {
    return InvalidArgumentError(
        absl::StrCat("recurrent_dropout must be in [0, 1), not ", recurrent_dropout));
  }
  return absl::OkStatus();
}

}  // namespace dagrad::keras::layers_internal

#include "dagrad/tools/drawn_values.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/indexing/one_hot/one_hot.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy.h"
#include "dagrad/tools/function_args.h"

namespace dagrad::tools {
namespace {

absl::StatusOr<Tensor> TakeZeros(DType dtype, const Dims& dims, absl::string_view what,
                                 const Budget& budget) {
  DAGRAD_RETURN_IF_ERROR(budget.Check());
  DAGRAD_ASSIGN_OR_RETURN(const int64_t elements, CheckedNumElements(dims));
  DAGRAD_RETURN_IF_ERROR(budget.Take(elements * static_cast<int64_t>(DTypeSize(dtype)), what));
  return Tensor::Zeros(dtype, dims);
}

template <typename T>
void FillNormal(double deviation, std::mt19937* bits, Tensor* t) {
  using Drawn = std::conditional_t<kIsHalf<T>, float, T>;
  std::normal_distribution<Drawn> normal(0, static_cast<Drawn>(deviation));
  for (T& x : t->mutable_data<T>()) x = static_cast<T>(normal(*bits));
}
// Floats; others stay as they are.
void FillNormal(double deviation, std::mt19937* bits, Tensor* t) {
  DispatchDType(t->dtype(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T> || kIsHalf<T>) FillNormal<T>(deviation, bits, t);
  });
}

template <typename T>
void FillBelow(int64_t count, std::mt19937* bits, Tensor* t) {
  std::uniform_int_distribution<int64_t> any(0, count - 1);
  for (T& x : t->mutable_data<T>()) x = static_cast<T>(any(*bits));
}

// How many numbers, from 0 on, the node may take at this port; 0: it does not say.
absl::StatusOr<int64_t> CountTaken(const Function& f, const Node& node, size_t port,
                                   const Bindings& given) {
  if (node.op == &ops::OneHotOp()) return node.attrs.Get<int64_t>("depth");
  const bool table = node.op == &ops::GatherOp();
  if ((!table && node.op != &ops::SparseSoftmaxCrossEntropyOp()) || port != 1) return 0;
  const Shape& shape = f.type(node.inputs[0]).shape;
  DAGRAD_ASSIGN_OR_RETURN(const Dims dims, shape.Bind(WithOnes(shape, given)));
  const int64_t axis = table ? node.attrs.Get<int64_t>("axis") : -1;
  return dims[axis < 0 ? axis + shape.rank() : axis];
}

// The least of these over all that take the input, as it is or in another shape or dtype.
absl::StatusOr<int64_t> CountTaken(const Function& f, NodeId input, const Bindings& given) {
  std::vector<bool> same(f.nodes.size(), false);
  same[input] = true;
  int64_t least = 0;
  for (size_t id = 0; id < f.nodes.size(); ++id) {
    const Node& node = f.nodes[id];
    for (size_t port = 0; port < node.inputs.size(); ++port) {
      if (node.inputs[port].port != 0 || !same[node.inputs[port].node]) continue;
      if (port == 0 && (node.op->Has(kView) || node.op == &ops::CastOp())) same[id] = true;
      DAGRAD_ASSIGN_OR_RETURN(const int64_t count, CountTaken(f, node, port, given));
      if (count > 0) least = least == 0 ? count : std::min(least, count);
    }
  }
  return least;
}

absl::StatusOr<Tensor> DrawInput(const Function& f, NodeId input, const Bindings& given,
                                 const Budget& budget, std::mt19937* bits) {
  const ValueType& type = f.nodes[input].outputs[0];
  DAGRAD_ASSIGN_OR_RETURN(const Dims dims, type.shape.Bind(WithOnes(type.shape, given)));
  DAGRAD_ASSIGN_OR_RETURN(Tensor t, TakeZeros(type.dtype, dims, "it", budget));
  FillNormal(1, bits, &t);
  if (type.dtype != DType::kInt32 && type.dtype != DType::kInt64) return t;
  DAGRAD_ASSIGN_OR_RETURN(const int64_t count, CountTaken(f, input, given));
  if (count == 0) return t;
  type.dtype == DType::kInt32 ? FillBelow<int32_t>(count, bits, &t)
                              : FillBelow<int64_t>(count, bits, &t);
  return t;
}

// What the model's own function makes, if it has one.
absl::StatusOr<bool> Initialize(const Model& model, const CompileOptions& options,
                                const Budget& budget, StateStore* store) {
  const Function* const f = model.FindFunction("initialize");
  if (f == nullptr || !f->states.empty()) return false;
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs, DrawInputs(*f, {}, budget));
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> executable,
                          Executable::Compile(*f, options));
  StateStore made;
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<RunContext> context,
                          executable->NewContext(&made, budget));
  DAGRAD_RETURN_IF_ERROR(executable->Run(context.get(), inputs, {budget, false}));
  for (const std::string& name : made.Names()) {
    if (!store->Contains(name)) store->Set(name, made.Get(name));
  }
  return true;
}

// Without a function that says it.
void FillState(const Model& model, const Function& f, const Node& state, std::mt19937* bits,
               Tensor* t) {
  if (!IsFloating(t->dtype())) return;
  if (t->dims().size() < 2) {
    *t = Tensor::Full(t->dtype(), t->dims(), 1);
    return;
  }
  const StateDecl* const decl = model.FindState(state.name);
  const bool trainable = decl != nullptr && decl->trainable;
  const bool updated = std::any_of(f.updates.begin(), f.updates.end(),
                                   [&](const auto& update) { return update.state == state.name; });
  if (updated && !trainable) return;
  const int64_t fan_in = t->num_elements() / std::max<int64_t>(t->dims().back(), 1);
  FillNormal(1 / std::sqrt(std::max<double>(fan_in, 1)), bits, t);
}

}  // namespace

absl::StatusOr<std::vector<Tensor>> DrawInputs(const Function& f, const Bindings& given,
                                               const Budget& budget) {
  std::mt19937 bits(1);
  std::vector<Tensor> inputs;
  for (NodeId id : f.inputs) {
    absl::StatusOr<Tensor> t = DrawInput(f, id, given, budget, &bits);
    if (!t.ok()) {
      return Prefixed(absl::StrCat("input \"", Printable(f.nodes[id].name), "\", ",
                                   f.nodes[id].outputs[0].ToString()),
                      t.status());
    }
    inputs.push_back(*std::move(t));
  }
  return inputs;
}

absl::Status DrawStates(const Model& model, const Function& f, const CompileOptions& options,
                        const Budget& budget, StateStore* store) {
  const auto is_there = [&](NodeId id) { return store->Contains(f.nodes[id].name); };
  if (std::all_of(f.states.begin(), f.states.end(), is_there)) return absl::OkStatus();
  DAGRAD_ASSIGN_OR_RETURN(const bool initialized, Initialize(model, options, budget, store));
  std::mt19937 bits(2);
  for (NodeId id : f.states) {
    if (is_there(id)) continue;
    const ValueType& type = f.nodes[id].outputs[0];
    DAGRAD_ASSIGN_OR_RETURN(Tensor t,
                            TakeZeros(type.dtype, type.shape.ToDims(), "a state", budget));
    if (!initialized) FillState(model, f, f.nodes[id], &bits, &t);
    store->Set(f.nodes[id].name, std::move(t));
  }
  return absl::OkStatus();
}

}  // namespace dagrad::tools

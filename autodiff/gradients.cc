#include "dagrad/autodiff/gradients.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/unbroadcast.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/inline.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"

namespace dagrad {
namespace {

// The name of a new input of the function that `builder` builds.
std::string FreeName(GraphBuilder* builder, absl::string_view base) {
  std::string name(base);
  for (int i = 2; builder->Find(name).valid(); ++i) name = absl::StrCat(base, "_", i);
  return name;
}

// GradContext::Vjp. Bodies may have bodies in turn, so it recurses as deep as they nest.
absl::StatusOr<BodyPtr> VjpOf(const Function& function, const std::vector<bool>& needs) {
  Function forward = function;
  const std::vector<Function::Output> outputs = std::exchange(forward.outputs, {});
  GraphBuilder builder(std::move(forward));
  std::vector<Value> ys, cotangents, xs;
  for (const Function::Output& o : outputs) {
    const ValueType type = function.type(o.value);
    if (!IsFloating(type.dtype)) continue;
    ys.emplace_back(&builder, o.value);
    cotangents.push_back(builder.Input(FreeName(&builder, absl::StrCat("cotangent_", o.name)),
                                       type.dtype, type.shape));
  }
  for (size_t i = 0; i < needs.size(); ++i) {
    if (needs[i]) xs.emplace_back(&builder, ValueRef{function.inputs[i], 0});
  }
  std::vector<Value> grads;
  if (!ys.empty()) {
    DAGRAD_ASSIGN_OR_RETURN(grads, Gradients(ys, xs, {cotangents}));
  } else {
    for (const Value& x : xs) grads.push_back(Full(&builder, x.dtype(), x.shape(), 0));
  }
  for (size_t i = 0; i < grads.size(); ++i) builder.Output(absl::StrCat("grad", i), grads[i]);
  DAGRAD_ASSIGN_OR_RETURN(Function vjp, builder.Build());
  DropDead(&vjp);
  return Body::Make(std::move(vjp));
}

// One call of Gradients(). Tables are indexed by node id minus that of the first x.
class ReverseMode {
 public:
  ReverseMode(GraphBuilder* builder, absl::Span<const Value> ys, absl::Span<const Value> xs)
      : builder_(builder), ys_(ys), xs_(xs) {
    first_ = end_ = ys[0].ref().node;
    for (const Value& x : xs) first_ = std::min(first_, x.ref().node);
    for (const Value& y : ys) end_ = std::max(end_, y.ref().node);
    ++end_;
    nodes_.resize(end_ > first_ ? end_ - first_ : 0);
    for (const Value& x : xs) x_refs_.emplace_back(x.ref().node, x.ref().port);
    std::sort(x_refs_.begin(), x_refs_.end());
  }

  absl::StatusOr<std::vector<Value>> Run(absl::Span<const Value> seeds) {
    MarkReached();
    DAGRAD_RETURN_IF_ERROR(Seed(seeds));
    for (NodeId id = end_ - 1; id >= first_; --id) DAGRAD_RETURN_IF_ERROR(Visit(id));
    return Collect();
  }

 private:
  struct NodeState {
    bool is_x = false;                         // some of its outputs is an x
    bool reached = false;                      // some of its differentiable inputs depends on an x
    absl::InlinedVector<Value, 1> cotangents;  // by output, once one flows
  };

  NodeState* Find(NodeId id) { return id >= first_ && id < end_ ? &nodes_[id - first_] : nullptr; }
  const Function& function() const { return builder_->function(); }

  bool IsX(ValueRef v) const {
    return std::binary_search(x_refs_.begin(), x_refs_.end(), std::pair(v.node, v.port));
  }

  // Whether a change of an x changes `v` differentiably.
  bool IsActive(ValueRef v) {
    const NodeState* state = Find(v.node);
    if (state == nullptr || !IsFloating(function().type(v).dtype)) return false;
    return state->reached || (state->is_x && IsX(v));
  }

  bool NeedsGrad(const Node& node, size_t input) {
    return node.op->InputPort(input).differentiable && IsActive(node.inputs[input]);
  }

  void MarkReached() {
    for (const Value& x : xs_) {
      if (NodeState* state = Find(x.ref().node)) state->is_x = true;
    }
    for (NodeId id = first_; id < end_; ++id) {
      const Node& node = builder_->node(id);
      for (size_t i = 0; i < node.inputs.size() && !Find(id)->reached; ++i)
        Find(id)->reached = NeedsGrad(node, i);
    }
  }

  absl::Status Seed(absl::Span<const Value> seeds) {
    GraphBuilder::Scope scope(builder_, "gradients");
    for (size_t k = 0; k < ys_.size(); ++k) {
      if (!IsActive(ys_[k].ref())) continue;
      GraphBuilder::GradientOf mark(builder_, ys_[k].ref().node);
      const ValueType type = ys_[k].type();
      Value seed = seeds.empty() ? Full(builder_, type.dtype, type.shape, 1) : seeds[k];
      DAGRAD_RETURN_IF_ERROR(Accumulate(ys_[k].ref(), seed));
    }
    return absl::OkStatus();
  }

  // Adds `cotangent` to what has flowed to `v`: in the order of the calls, which is fixed by the
  // graph.
  absl::Status Accumulate(ValueRef v, Value cotangent) {
    NodeState& state = *Find(v.node);
    if (state.cotangents.empty()) state.cotangents.resize(builder_->node(v.node).outputs.size());
    Value& sum = state.cotangents[v.port];
    sum = sum.valid() ? Add(sum, cotangent) : cotangent;
    return builder_->status();
  }

  // Differentiates node `id`, all of whose uses have been visited.
  absl::Status Visit(NodeId id) {
    NodeState& state = *Find(id);
    if (state.cotangents.empty() || !state.reached) return absl::OkStatus();
    const Node& node = builder_->node(id);
    std::vector<bool> needs(node.inputs.size());
    for (size_t i = 0; i < needs.size(); ++i) needs[i] = NeedsGrad(node, i);
    if (node.op->gradient == nullptr) {
      return UnimplementedError(absl::StrCat(Describe(node), ": the op has no gradient"));
    }
    GraphBuilder::Scope scope(builder_, absl::StrCat("gradients", ScopeOf(node.name)));
    GraphBuilder::GradientOf mark(builder_, id);
    std::vector<Value> cotangents(state.cotangents.begin(), state.cotangents.end());
    GradContext context(
        builder_, id, std::move(cotangents), std::move(needs),
        [this](const ValueType& type) { return Full(builder_, type.dtype, type.shape, 0); }, VjpOf);
    if (absl::Status s = node.op->gradient(context); !s.ok()) {
      return Prefixed(absl::StrCat("gradient of ", Describe(builder_->node(id))), s);
    }
    return Distribute(id, context);
  }

  // Checks what the gradient function of node `id` has set, and adds it to the cotangents of the
  // inputs.
  absl::Status Distribute(NodeId id, const GradContext& context) {
    DAGRAD_RETURN_IF_ERROR(builder_->status());
    for (int i = 0; i < context.num_inputs(); ++i) {
      if (!context.needs_grad(i)) continue;
      const ValueRef input = builder_->node(id).inputs[i];
      absl::StatusOr<Value> grad = Checked(context.grads()[i], function().type(input));
      if (!grad.ok()) {
        const Node& node = builder_->node(id);
        return Prefixed(absl::StrCat("gradient of ", Describe(node), " for input ", i, " (",
                                     node.op->InputPort(i).name, ")"),
                        grad.status());
      }
      DAGRAD_RETURN_IF_ERROR(Accumulate(input, *grad));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Value> Checked(Value grad, ValueType type) {
    if (!grad.valid()) {
      return InternalError("the op sets none, though it declares the input differentiable");
    }
    if (grad.dtype() != type.dtype) {
      return InternalError(
          absl::StrCat("is ", grad.type().ToString(), ", the input ", type.ToString()));
    }
    return Unbroadcast(grad, type.shape);
  }

  absl::StatusOr<std::vector<Value>> Collect() {
    GraphBuilder::Scope scope(builder_, "gradients");
    std::vector<Value> grads;
    for (const Value& x : xs_) {
      const NodeState* state = Find(x.ref().node);
      Value grad;
      if (state != nullptr && !state->cotangents.empty()) grad = state->cotangents[x.ref().port];
      if (!grad.valid()) {
        GraphBuilder::GradientOf mark(builder_, x.ref().node);
        const ValueType type = x.type();
        grad = Full(builder_, type.dtype, type.shape, 0);
      }
      grads.push_back(grad);
    }
    DAGRAD_RETURN_IF_ERROR(builder_->status());
    return grads;
  }

  // "/dense/act" for "dense/act/Relu", "" for "Relu": gradient nodes stand in the same scopes,
  // under gradients/.
  static std::string ScopeOf(absl::string_view name) {
    const size_t slash = name.rfind('/');
    if (slash == absl::string_view::npos) return "";
    return absl::StrCat("/", name.substr(0, slash));
  }

  GraphBuilder* builder_;
  absl::Span<const Value> ys_;
  absl::Span<const Value> xs_;
  std::vector<std::pair<NodeId, int32_t>> x_refs_;  // sorted
  NodeId first_;
  NodeId end_;
  std::vector<NodeState> nodes_;
};

// Of `builder`; a cotangent may be of a body within it, where the gradients then stand too.
absl::Status CheckValue(const GraphBuilder* builder, const Value& v, absl::string_view what,
                        size_t index, bool within = false) {
  if (!v.valid()) {
    return InvalidArgumentError(
        absl::StrCat("Gradients: ", what, " ", index, " is not a value of a graph"));
  }
  if (v.builder() != builder && !(within && v.builder()->IsWithin(builder))) {
    return InvalidArgumentError(absl::StrCat("Gradients: ", what, " ", index, ", ",
                                             Describe(v.node()),
                                             ", belongs to another GraphBuilder"));
  }
  if (!IsFloating(v.dtype())) {
    return InvalidArgumentError(absl::StrCat("Gradients: ", what, " ", index, ", ",
                                             Describe(v.node()), ", is ", v.type().ToString(),
                                             ", not of floating type"));
  }
  return absl::OkStatus();
}

absl::Status CheckArguments(GraphBuilder* builder, absl::Span<const Value> ys,
                            absl::Span<const Value> xs, absl::Span<const Value> cotangents) {
  for (size_t i = 0; i < ys.size(); ++i) DAGRAD_RETURN_IF_ERROR(CheckValue(builder, ys[i], "y", i));
  for (size_t i = 0; i < xs.size(); ++i) DAGRAD_RETURN_IF_ERROR(CheckValue(builder, xs[i], "x", i));
  if (cotangents.empty()) return absl::OkStatus();
  if (cotangents.size() != ys.size()) {
    return InvalidArgumentError(
        absl::StrCat("Gradients: ", ys.size(), " ys but ", cotangents.size(), " cotangents"));
  }
  for (size_t i = 0; i < ys.size(); ++i) {
    DAGRAD_RETURN_IF_ERROR(CheckValue(builder, cotangents[i], "cotangent", i, true));
    if (cotangents[i].type() == ys[i].type()) continue;
    return InvalidArgumentError(absl::StrCat("Gradients: cotangent ", i, " is ",
                                             cotangents[i].type().ToString(), ", y is ",
                                             ys[i].type().ToString()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Value>> Gradients(absl::Span<const Value> ys, absl::Span<const Value> xs,
                                             const GradientsOptions& options) try {
  if (ys.empty()) return InvalidArgumentError("Gradients: there is no y");
  GraphBuilder* builder = ys[0].builder();
  if (builder != nullptr && !builder->ok()) return builder->status();
  DAGRAD_RETURN_IF_ERROR(CheckArguments(builder, ys, xs, options.cotangents));
  if (xs.empty()) return std::vector<Value>();
  return ReverseMode(builder, ys, xs).Run(options.cotangents);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad

#ifndef DAGRAD_GRAPH_GRADIENT_H_
#define DAGRAD_GRAPH_GRADIENT_H_

#include <functional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/builder.h"

namespace dagrad {

// What an op's gradient function sees of the node that it differentiates. For y = op(x), with the
// cotangent ȳ of each output, it sets x̄ = (∂y/∂x)ᵀ ȳ for each input for which needs_grad() holds,
// as values of ordinary ops. The driver (autodiff/) accumulates over uses and, for elementwise ops,
// sums over broadcast axes.
class GradContext {
 public:
  using MakeZeros = std::function<Value(const ValueType& type)>;
  using MakeVjp = std::function<absl::StatusOr<BodyPtr>(const Function& function,
                                                        const std::vector<bool>& needs)>;

  // `cotangents` has one Value per output, invalid where none flows; `needs` one flag per input
  // that the node has.
  GradContext(GraphBuilder* builder, NodeId id, std::vector<Value> cotangents,
              std::vector<bool> needs, MakeZeros zeros, MakeVjp vjp = nullptr)
      : builder_(builder),
        id_(id),
        cotangents_(std::move(cotangents)),
        needs_(std::move(needs)),
        grads_(needs_.size()),
        zeros_(std::move(zeros)),
        vjp_(std::move(vjp)) {}

  GraphBuilder* builder() const { return builder_; }
  const Node& node() const { return builder_->node(id_); }
  int num_inputs() const { return static_cast<int>(needs_.size()); }
  int num_outputs() const { return static_cast<int>(cotangents_.size()); }
  bool has_input(int i) const { return i < num_inputs(); }  // of an optional one
  // Value() where an optional input was left out.
  Value input(int i) const { return has_input(i) ? Value(builder_, node().inputs[i]) : Value(); }
  Value output(int i = 0) const { return Value(builder_, ValueRef{id_, i}); }
  // By value: adding nodes moves the function's nodes.
  template <typename T>
  T attr(absl::string_view name) const {
    return node().attrs.Get<T>(name);
  }

  bool has_cotangent(int i = 0) const { return cotangents_[i].valid(); }
  // The cotangent of output i; zeros of its type where none flows.
  Value cotangent(int i = 0) {
    if (!cotangents_[i].valid()) cotangents_[i] = zeros_(ValueType(output(i).type()));
    return cotangents_[i];
  }
  // For ops with bodies: the function with the inputs of `function`, then a cotangent of each of
  // its floating outputs, that computes the cotangents of those inputs for which `needs` holds, in
  // their order. It computes what it needs of `function` again.
  absl::StatusOr<BodyPtr> Vjp(const Function& function, const std::vector<bool>& needs) const {
    return vjp_(function, needs);
  }
  bool needs_grad(int i) const { return has_input(i) && needs_[i]; }
  void SetGrad(int i, Value grad) { grads_[i] = grad; }
  // Invalid where none was set: a zero gradient.
  const std::vector<Value>& grads() const { return grads_; }

 private:
  GraphBuilder* builder_;
  NodeId id_;
  std::vector<Value> cotangents_;
  std::vector<bool> needs_;
  std::vector<Value> grads_;
  MakeZeros zeros_;
  MakeVjp vjp_;
};

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_GRADIENT_H_

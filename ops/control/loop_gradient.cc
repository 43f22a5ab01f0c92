#include "dagrad/ops/control/loop_gradient.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/inline.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/control/bodies.h"
#include "dagrad/ops/control/if/if.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"

namespace dagrad::ops {

absl::StatusOr<LoopGradient> LoopGradient::Make(GradContext& c, const BodyPtr& body, size_t carried,
                                                size_t scanned, size_t first_kept) {
  LoopGradient loop(c, body, carried, scanned);
  for (size_t i = 0; i < loop.body_.inputs.size(); ++i) {
    const bool is_carried = i < carried;
    loop.needs_.push_back(is_carried ? IsFloating(loop.InputType(i).dtype)
                                     : c.needs_grad(static_cast<int>(i)));
  }
  DAGRAD_ASSIGN_OR_RETURN(loop.vjp_, c.Vjp(loop.body_, loop.needs_));
  const std::vector<bool> used = UsedInputs(loop.vjp_->function());
  for (size_t i = 0; i < carried; ++i) {
    // Symbols of the step may be said by the shape of a carried integer alone.
    const bool says_sizes = !loop.needs_[i] && !loop.InputType(i).shape.IsStatic();
    loop.kept_.push_back(used[i] || says_sizes);
  }
  loop.FindGradsOfKept(first_kept);
  return loop;
}

void LoopGradient::FindGradsOfKept(size_t first_kept) {
  grad_of_kept_.assign(carried_, -1);
  const auto kept = c_.attr<std::vector<int64_t>>("kept");
  for (size_t k = 0; k < kept.size(); ++k) {
    const auto output = static_cast<int>(first_kept + k);
    if (needs_[kept[k]] && output < c_.num_outputs() && c_.has_cotangent(output))
      grad_of_kept_[kept[k]] = output;
  }
}

std::vector<Value> LoopGradient::InitialCotangents() {
  std::vector<Value> values;
  for (size_t i = 0; i < carried_; ++i) {
    if (needs_[i]) values.push_back(c_.cotangent(static_cast<int>(i)));
  }
  for (size_t i = 0; i < needs_.size(); ++i) {
    if (!IsOther(i) || !needs_[i]) continue;
    const ValueType type = c_.input(static_cast<int>(i)).type();
    values.push_back(Full(c_.builder(), type.dtype, type.shape, 0));
  }
  return values;
}

std::vector<Value> LoopGradient::KeptValues() {
  std::vector<Value> values;
  for (size_t i = 0; i < carried_; ++i) {
    if (kept_[i]) values.push_back(c_.builder()->AddOutput(c_.output(0), static_cast<int64_t>(i)));
  }
  return values;
}

std::vector<Value> LoopGradient::StepCotangents() {
  std::vector<Value> values;
  for (size_t i = carried_; i < body_.outputs.size(); ++i) {
    if (IsFloating(body_.type(body_.outputs[i].value).dtype))
      values.push_back(c_.cotangent(static_cast<int>(i)));
  }
  for (int output : grad_of_kept_) {
    if (output >= 0) values.push_back(c_.cotangent(output));
  }
  return values;
}

LoopGradient::StepInputs LoopGradient::AddInputs(bool guarded, GraphBuilder* step,
                                                 std::vector<Value>* guard) const {
  StepInputs in;
  int next = 0;
  const auto add = [&](const ValueType& type) {
    return step->Input(absl::StrCat("in", next++), type.dtype, type.shape);
  };
  for (size_t i = 0; i < carried_; ++i) {
    if (needs_[i]) in.carried_grads.push_back(add(InputType(i)));
  }
  for (size_t i = 0; i < needs_.size(); ++i) {
    if (IsOther(i) && needs_[i]) in.sums.push_back(add(InputType(i)));
  }
  if (guarded) guard->push_back(add({DType::kInt64, {}}));
  for (size_t i = 0; i < carried_; ++i) in.kept.push_back(kept_[i] ? add(InputType(i)) : Value());
  for (size_t i = carried_; !IsOther(i); ++i) in.scanned.push_back(add(InputType(i)));
  for (size_t i = carried_; i < body_.outputs.size(); ++i) {
    const ValueType& type = body_.type(body_.outputs[i].value);
    if (IsFloating(type.dtype)) in.step_grads.push_back(add(type));
  }
  for (size_t i = 0; i < carried_; ++i)
    in.kept_grads.push_back(grad_of_kept_[i] >= 0 ? add(InputType(i)) : Value());
  if (guarded) guard->push_back(add({DType::kInt64, {}}));
  for (size_t i = carried_ + scanned_; i < needs_.size(); ++i)
    in.others.push_back(add(InputType(i)));
  return in;
}

// What the step gives: vjp's results, those of w added to the sums. An input that vjp does not read
// is any value of its type.
absl::StatusOr<std::vector<Value>> LoopGradient::Apply(const StepInputs& in,
                                                       GraphBuilder* builder) const {
  std::vector<Value> operands;
  for (size_t i = 0; i < carried_; ++i) {
    const ValueType& type = InputType(i);
    operands.push_back(kept_[i] ? in.kept[i] : Full(builder, type.dtype, type.shape, 0));
  }
  for (const auto* values : {&in.scanned, &in.others, &in.carried_grads, &in.step_grads})
    operands.insert(operands.end(), values->begin(), values->end());
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> grads,
                          Inline(vjp_->function(), operands, builder));
  std::vector<Value> results, slices;
  size_t next = 0, sum = 0;
  for (size_t i = 0; i < needs_.size(); ++i) {
    if (!needs_[i]) continue;
    const Value grad = grads[next++];
    if (IsOther(i)) {
      results.push_back(Add(in.sums[sum++], grad));
    } else if (i < carried_) {
      results.push_back(grad_of_kept_[i] >= 0 ? Add(grad, in.kept_grads[i]) : grad);
    } else {
      slices.push_back(grad);
    }
  }
  results.insert(results.end(), slices.begin(), slices.end());
  return results;
}

absl::StatusOr<BodyPtr> LoopGradient::MakeStep(bool guarded) {
  GraphBuilder step("step_gradient");
  std::vector<Value> guard;
  const StepInputs in = AddInputs(guarded, &step, &guard);
  std::vector<Value> results;
  if (!guarded) {
    DAGRAD_ASSIGN_OR_RETURN(results, Apply(in, &step));
  } else {
    absl::Status status;
    const auto apply = [&](GraphBuilder& branch) -> Values {
      absl::StatusOr<std::vector<Value>> applied = Apply(in, &branch);
      status = applied.status();
      return applied.ok() ? *std::move(applied) : std::vector<Value>();
    };
    const auto pass = [&](GraphBuilder&) -> Values {
      Values same = in.carried_grads;
      same.insert(same.end(), in.sums.begin(), in.sums.end());
      return same;
    };
    results = If(Less(guard[0], guard[1]), apply, pass);
    if (!status.ok()) return status;
  }
  for (size_t i = 0; i < results.size(); ++i) step.Output(absl::StrCat("y", i), results[i]);
  DAGRAD_ASSIGN_OR_RETURN(Function function, step.Build());
  return Body::Make(std::move(function));
}

void LoopGradient::SetGrads(absl::Span<const Value> outputs) {
  size_t next = 0;
  const auto take = [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      if (!needs_[i] || next >= outputs.size()) continue;
      if (c_.needs_grad(static_cast<int>(i))) c_.SetGrad(static_cast<int>(i), outputs[next]);
      ++next;
    }
  };
  take(0, carried_);
  take(carried_ + scanned_, needs_.size());
  take(carried_, carried_ + scanned_);
}

}  // namespace dagrad::ops

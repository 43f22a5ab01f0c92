#include "dagrad/autodiff/jvp.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"

namespace dagrad {
namespace {

// That there is a `what` of each x's type. What xs and vectors are beyond that, Gradients() says.
absl::Status CheckVectors(absl::Span<const Value> xs, absl::Span<const Value> vectors,
                          absl::string_view caller, absl::string_view what) {
  if (xs.empty()) return InvalidArgumentError(absl::StrCat(caller, ": there is no x"));
  if (xs.size() != vectors.size()) {
    return InvalidArgumentError(
        absl::StrCat(caller, ": ", xs.size(), " xs but ", vectors.size(), " ", what, "s"));
  }
  for (size_t i = 0; i < xs.size(); ++i) {
    if (!xs[i].valid() || !vectors[i].valid()) {
      return InvalidArgumentError(absl::StrCat(caller, ": ", xs[i].valid() ? what : "x", " ", i,
                                               " is not a value of a graph"));
    }
    if (xs[i].type() == vectors[i].type()) continue;
    return InvalidArgumentError(absl::StrCat(caller, ": ", what, " ", i, " is ",
                                             vectors[i].type().ToString(), ", x is ",
                                             xs[i].type().ToString()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Value>> Jvp(absl::Span<const Value> ys, absl::Span<const Value> xs,
                                       absl::Span<const Value> tangents) try {
  if (ys.empty()) return InvalidArgumentError("Jvp: there is no y");
  GraphBuilder* builder = ys[0].builder();
  if (builder != nullptr && !builder->ok()) return builder->status();
  DAGRAD_RETURN_IF_ERROR(CheckVectors(xs, tangents, "Jvp", "tangent"));
  std::vector<Value> cotangents;
  for (const Value& y : ys) {
    if (!y.valid() || y.builder() != builder) continue;  // Gradients() says it
    GraphBuilder::Scope scope(builder, "jvp");
    cotangents.push_back(Full(builder, y.dtype(), y.shape(), 0));
  }
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> pulled, Gradients(ys, xs, {cotangents}));
  return Gradients(pulled, cotangents, {{tangents.begin(), tangents.end()}});
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::vector<Value>> HessianVectorProduct(Value y, absl::Span<const Value> xs,
                                                        absl::Span<const Value> vs) try {
  GraphBuilder* builder = y.builder();
  if (builder != nullptr && !builder->ok()) return builder->status();
  DAGRAD_RETURN_IF_ERROR(CheckVectors(xs, vs, "HessianVectorProduct", "vector"));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> grads, Gradients({y}, xs));
  return Gradients(grads, xs, {{vs.begin(), vs.end()}});
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad

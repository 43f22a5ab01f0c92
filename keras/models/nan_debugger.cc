#include "dagrad/keras/models/nan_debugger.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/run/check_numerics.h"

namespace dagrad::keras {
namespace {

void CopyBytes(const Tensor& from, Tensor* to) {
  if (from.byte_size() > 0) std::memcpy(to->mutable_bytes(), from.bytes(), from.byte_size());
}

}  // namespace

absl::Status NanDebugger::Remember() {
  const Function& f = step_.step.function;
  std::vector<std::string> names;
  for (NodeId id : f.states) names.push_back(f.nodes[id].name);
  for (const Function::Update& u : f.updates) names.push_back(u.state);
  for (const std::string& name : names) {
    const Tensor now = state_.Get(name);
    const auto [kept, is_new] = before_.try_emplace(name);
    if (is_new) {
      DAGRAD_ASSIGN_OR_RETURN(kept->second, now.Clone());
    } else {
      CopyBytes(now, &kept->second);
    }
  }
  return absl::OkStatus();
}

std::string NanDebugger::FirstNan() const {
  if (HasNan(step_.context->outputs()[0])) return "the loss";
  for (const Function::Update& u : step_.step.function.updates)
    if (HasNan(state_.Get(u.state))) return absl::StrCat("the new ", u.state);
  return "";
}

void NanDebugger::Restore() {
  for (const auto& [name, kept] : before_) {
    Tensor now = state_.Get(name);
    CopyBytes(kept, &now);
  }
}

absl::Status NanDebugger::Check(int64_t epoch, int64_t batch, absl::Span<const Tensor> fed) {
  const std::string what = FirstNan();
  if (what.empty()) return absl::OkStatus();
  Restore();
  const Function& f = step_.step.function;
  runtime::TensorMap feeds;
  for (size_t i = 0; i < fed.size(); ++i) feeds[f.nodes[f.inputs[i]].name] = fed[i];
  const std::string head =
      absl::StrCat("epoch ", epoch + 1, ", batch ", batch + 1, ": ", what, " is NaN");
  DAGRAD_RETURN_IF_ERROR(Prefixed(head, CheckNumerics(f, feeds, before_, budget_)));
  return InvalidArgumentError(absl::StrCat(
      head,
      ", but no node of the step where each runs by itself: what was fused rounds otherwise"));
}

}  // namespace dagrad::keras

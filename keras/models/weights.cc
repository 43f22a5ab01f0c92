#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/models/model_impl.h"

// What a model holds: its weights, and all that training changes.
namespace dagrad::keras {

namespace {

void CopyInto(Tensor to, const Tensor& from) {
  if (to.byte_size() > 0) std::memcpy(to.mutable_bytes(), from.bytes(), to.byte_size());
}

}  // namespace

void Model::Impl::TakeAverages() {
  for (const StateDecl& weight : network->StateDecls()) {
    const std::string average = dagrad::Optimizer::AverageOf(weight.name);
    if (extra_states.contains(average)) CopyInto(state.Get(weight.name), state.Get(average));
  }
}

absl::StatusOr<std::vector<Tensor>> Model::GetWeights() const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("GetWeights"));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureNetwork(nullptr, DType::kFloat32));
  std::vector<Tensor> weights;
  for (const StateDecl& s : impl->network->StateDecls()) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor copy, impl->state.Get(s.name).Clone());
    weights.push_back(std::move(copy));
  }
  return weights;
}
DAGRAD_CATCH_NO_MEMORY

absl::Status Model::SetWeights(const std::vector<Tensor>& weights) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("SetWeights"));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureNetwork(nullptr, DType::kFloat32));
  const std::vector<StateDecl> states = impl->network->StateDecls();
  if (states.size() != weights.size()) {
    return InvalidArgumentError(absl::StrCat("model ", name(), " has ", states.size(),
                                             " weights; given: ", weights.size()));
  }
  for (size_t i = 0; i < states.size(); ++i) {
    if (weights[i].dtype() == states[i].type.dtype &&
        Shape(weights[i].dims()) == states[i].type.shape)
      continue;
    return InvalidArgumentError(
        absl::StrCat("weight ", states[i].name, " is ", states[i].type.ToString(),
                     "; given: ", DTypeName(weights[i].dtype()), DimsToString(weights[i].dims())));
  }
  for (size_t i = 0; i < states.size(); ++i) CopyInto(impl->state.Get(states[i].name), weights[i]);
  return absl::OkStatus();
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::map<std::string, Tensor>> Model::GetState() const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("GetState"));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(Data()));
  std::map<std::string, Tensor> state;
  for (const StateDecl& s : impl->AllStates()) {
    DAGRAD_ASSIGN_OR_RETURN(state[s.name], impl->state.Get(s.name).Clone());
  }
  return state;
}
DAGRAD_CATCH_NO_MEMORY

absl::Status Model::SetState(const std::map<std::string, Tensor>& state) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("SetState"));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(Data()));
  const std::vector<StateDecl> states = impl->AllStates();
  for (const StateDecl& s : states) {
    const auto given = state.find(s.name);
    if (given == state.end())
      return InvalidArgumentError(absl::StrCat("state \"", s.name, "\" is missing"));
    if (given->second.dtype() == s.type.dtype && Shape(given->second.dims()) == s.type.shape)
      continue;
    return InvalidArgumentError(absl::StrCat("state \"", s.name, "\" is ", s.type.ToString(),
                                             "; given: ", DTypeName(given->second.dtype()),
                                             DimsToString(given->second.dims())));
  }
  if (state.size() != states.size()) {
    return InvalidArgumentError(
        absl::StrCat("model ", name(), " has ", states.size(), " states; given: ", state.size()));
  }
  for (const StateDecl& s : states) CopyInto(impl->state.Get(s.name), state.at(s.name));
  return absl::OkStatus();
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras

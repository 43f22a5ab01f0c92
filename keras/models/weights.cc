#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/keras/models/model_impl.h"

// What a model holds: its weights, and all that training changes.
namespace dagrad::keras {

namespace {

void CopyInto(Tensor to, const Tensor& from) {
  if (to.byte_size() > 0) std::memcpy(to.mutable_bytes(), from.bytes(), to.byte_size());
}

absl::Status CheckWeight(const StateDecl& s, const Tensor& given) {
  if (given.dtype() == s.type.dtype && Shape(given.dims()) == s.type.shape) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("weight ", s.name, " is ", s.type.ToString(),
                                           "; given: ", DTypeName(given.dtype()),
                                           DimsToString(given.dims())));
}

absl::Status CheckWeightsPath(absl::string_view path) {
  if (absl::EndsWith(path, ".safetensors")) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("a file of weights is one of safetensors, whose name ends with .safetensors, "
                   "unlike \"",
                   Printable(path), "\""));
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
  for (const StateDecl& s : impl->network->WeightDecls()) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor copy, impl->state.Get(s.name).Clone());
    weights.push_back(std::move(copy));
  }
  return weights;
}
DAGRAD_CATCH_NO_MEMORY

absl::Status Model::SetWeights(const std::vector<Tensor>& weights) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("SetWeights"));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureNetwork(nullptr, DType::kFloat32));
  const std::vector<StateDecl> states = impl->network->WeightDecls();
  if (states.size() != weights.size()) {
    return InvalidArgumentError(absl::StrCat("model ", name(), " has ", states.size(),
                                             " weights; given: ", weights.size()));
  }
  for (size_t i = 0; i < states.size(); ++i)
    DAGRAD_RETURN_IF_ERROR(CheckWeight(states[i], weights[i]));
  for (size_t i = 0; i < states.size(); ++i) CopyInto(impl->state.Get(states[i].name), weights[i]);
  return absl::OkStatus();
}
DAGRAD_CATCH_NO_MEMORY

void Model::ResetState() {
  if (impl_ == nullptr || !impl_->network.has_value()) return;
  for (const auto& layer : impl_->network->layers()) layer->ResetState();
}

absl::Status Model::SaveWeights(const std::string& path) const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("SaveWeights"));
  DAGRAD_RETURN_IF_ERROR(CheckWeightsPath(path));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureNetwork(nullptr, DType::kFloat32));
  io::Safetensors file;
  for (const StateDecl& s : impl->network->WeightDecls())
    file.tensors[s.name] = impl->state.Get(s.name);
  return io::WriteSafetensors(path, file);
}
DAGRAD_CATCH_NO_MEMORY

absl::Status Model::LoadWeights(const std::string& path, const LoadWeightsOptions& options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("LoadWeights"));
  DAGRAD_RETURN_IF_ERROR(CheckWeightsPath(path));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureNetwork(nullptr, DType::kFloat32));
  DAGRAD_ASSIGN_OR_RETURN(io::Safetensors file,
                          io::ReadSafetensors(path, {.budget = options.budget}));
  std::vector<std::pair<Tensor, Tensor>> copies;
  std::vector<std::string> skipped;
  for (const StateDecl& s : impl->network->WeightDecls()) {
    const auto found = file.tensors.find(s.name);
    const absl::Status fits =
        found == file.tensors.end()
            ? NotFoundError(absl::StrCat("weight \"", s.name, "\" is not in the file"))
            : CheckWeight(s, found->second);
    if (fits.ok()) {
      copies.emplace_back(impl->state.Get(s.name), found->second);
    } else if (options.skip_mismatch) {
      skipped.push_back(s.name);
    } else {
      return Prefixed(path, fits);
    }
    if (found != file.tensors.end()) file.tensors.erase(found);
  }
  if (!file.tensors.empty() && !options.skip_mismatch) {
    return InvalidArgumentError(absl::StrCat(path, " has a weight \"",
                                             Printable(file.tensors.begin()->first),
                                             "\" that model ", name(), " does not have"));
  }
  for (const auto& [to, from] : copies) CopyInto(to, from);
  if (options.skipped != nullptr) *options.skipped = std::move(skipped);
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

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/data/class_weight.h"
#include "dagrad/keras/layers/unique_names.h"
#include "dagrad/keras/models/model_impl.h"

// What a step is fed with beside the inputs, targets and sample weights: inputs of its graph, and
// tensors made to fit them.
namespace dagrad::keras {

const std::string& LogName(const Network& network, size_t i) {
  return network.LayerName(*network.calls()[network.outputs()[i].call].layer);
}

ValueType WithColumns(const ValueType& output) {
  if (output.shape.rank() != 1) return output;
  return {output.dtype, Shape({output.shape.dim(0), Dim(1)})};
}

absl::StatusOr<ValueType> TargetType(const ValueType& type, const Loss& loss) {
  const int rank = type.shape.rank();
  const TargetKind kind = loss.target_kind();
  if (rank < (kind == TargetKind::kDense ? 1 : 2) || !IsFloating(type.dtype)) {
    const char* const wanted = kind == TargetKind::kDense ? "[batch, …]" : "[batch, …, classes]";
    return InvalidArgumentError(absl::StrCat("loss ", loss.name(), " needs a float output ", wanted,
                                             ", not ", type.ToString()));
  }
  if (kind == TargetKind::kDense) return type;
  if (kind == TargetKind::kSequence)
    return ValueType{DType::kInt64, Shape({type.shape.dim(0), Dim("labels")})};
  return ValueType{DType::kInt64, Shape(absl::MakeConstSpan(type.shape.dims()).first(rank - 1))};
}

namespace {

UniqueNames InputNames(const Network& network) {
  UniqueNames names;
  for (size_t i = 0; i < network.inputs().size(); ++i) names.Take(network.InputName(i));
  return names;
}

// `kind`, "target" or "sample_weight", of output i, or by itself where there is one.
std::string NameOf(const Network& network, const char* kind, size_t i, bool several) {
  return several ? absl::StrCat(kind, "/", network.OutputName(i)) : kind;
}

std::string TargetName(const Network& network, size_t i, UniqueNames* names) {
  return names->Add(NameOf(network, "target", i, network.outputs().size() > 1));
}

// In errors.
std::string WeightName(const Network& network, size_t i, const WeightRanks& ranks) {
  if (network.outputs().size() == 1) return "sample_weight";
  if (ranks.size() == 1) return "the one sample_weight of all outputs";
  return absl::StrCat("sample_weight of output \"", network.OutputName(i), "\"");
}

// The axes of the losses of an output.
int LossRank(const ValueType& output, const Loss& loss) {
  return loss.target_kind() == TargetKind::kSequence ? 1 : std::max(1, output.shape.rank() - 1);
}

// Axes without those of size 1 at the end, which weigh what is before them.
int RankWithoutOnes(const Tensor& t) {
  int rank = t.rank();
  while (rank > 1 && t.dims()[rank - 1] == 1) --rank;
  return std::max(rank, 1);
}

}  // namespace

ValueType WeightType(const Network& network, size_t i, int rank) {
  const ValueType& output = network.output_type(i);
  return {output.dtype, Shape(absl::MakeConstSpan(output.shape.dims()).first(rank))};
}

absl::StatusOr<std::vector<Value>> AddTargetInputs(GraphBuilder* g, const Network& network,
                                                   const StepSpec& spec) {
  UniqueNames names = InputNames(network);
  std::vector<Value> targets(spec.outputs.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    if (!spec.outputs[i].has_target()) continue;
    DAGRAD_ASSIGN_OR_RETURN(const ValueType type,
                            TargetType(network.output_type(i), spec.outputs[i].loss));
    targets[i] = g->Input(TargetName(network, i, &names), type.dtype, type.shape);
  }
  return targets;
}

std::vector<Value> AddWeightInputs(GraphBuilder* g, const Network& network, const StepSpec& spec,
                                   const WeightRanks& ranks) {
  std::vector<Value> weights(network.outputs().size());
  UniqueNames names = InputNames(network);
  for (size_t i = 0; i < spec.outputs.size(); ++i) {
    if (spec.outputs[i].has_target()) TargetName(network, i, &names);
  }
  for (size_t i = 0; i < ranks.size(); ++i) {
    if (ranks[i] == 0) continue;
    const ValueType type = WeightType(network, i, ranks[i]);
    const std::string name = NameOf(network, "sample_weight", i, ranks.size() > 1);
    weights[i] = g->Input(names.Add(name), type.dtype, type.shape);
  }
  if (ranks.size() == 1) std::fill(weights.begin(), weights.end(), weights[0]);
  return weights;
}

absl::StatusOr<std::vector<Tensor>> Model::Impl::FitTargets(const Data& y) const {
  const std::vector<StepSpec::OutputSpec>& outputs = compiled->spec.outputs;
  const auto targets = static_cast<size_t>(
      std::count_if(outputs.begin(), outputs.end(), [](const auto& o) { return o.has_target(); }));
  // Those of outputs without a loss and metrics may be left out.
  const bool all = y.tensors.size() == outputs.size();
  if (!all && y.tensors.size() != targets) {
    return InvalidArgumentError(absl::StrCat("model ", options.name, " is compiled for ", targets,
                                             " targets; given: ", y.tensors.size()));
  }
  std::vector<Tensor> fitted;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].has_target()) continue;
    const Tensor& given = y.tensors[all ? i : fitted.size()];
    DAGRAD_ASSIGN_OR_RETURN(const ValueType type,
                            TargetType(network->output_type(i), outputs[i].loss));
    const std::string what = absl::StrCat("target of output \"", network->OutputName(i), "\"");
    DAGRAD_ASSIGN_OR_RETURN(Tensor t, FitToType(given, type, what));
    fitted.push_back(std::move(t));
  }
  return fitted;
}

// More axes than the losses have are left to FitWeights, which says what is wrong.
WeightRanks Model::Impl::RanksOf(const Data& sample_weight) const {
  if (!sample_weight.defined()) return WeightRanks();
  const std::vector<StepSpec::OutputSpec>& outputs = compiled->spec.outputs;
  const std::vector<Tensor>& given = sample_weight.tensors;
  if (given.size() == 1 && network->outputs().size() > 1) return {1};
  WeightRanks ranks(given.size(), 0);
  for (size_t i = 0; i < std::min(given.size(), network->outputs().size()); ++i) {
    if (!given[i].defined() || (!outputs.empty() && !outputs[i].has_target())) continue;
    const int most = LossRank(network->output_type(i), outputs.empty() ? "mse" : outputs[i].loss);
    ranks[i] = std::min(RankWithoutOnes(given[i]), most);
  }
  return ranks;
}

absl::StatusOr<std::vector<Tensor>> Model::Impl::FitWeights(const Data& sample_weight,
                                                            const WeightRanks& ranks) const {
  std::vector<Tensor> fitted;
  if (ranks.empty()) return fitted;
  const size_t given = sample_weight.tensors.size();
  if (given != ranks.size() || (given != 1 && given != network->outputs().size())) {
    return InvalidArgumentError(
        absl::StrCat("sample_weight is one tensor for all outputs, or one for each of the ",
                     network->outputs().size(), ", in all batches alike; given: ", given));
  }
  for (size_t i = 0; i < given; ++i) {
    Tensor t = sample_weight.tensors[i];
    if (ranks[i] == 0 && t.defined() && compiled->spec.outputs[i].has_target()) {
      return InvalidArgumentError(
          absl::StrCat("a batch has a ", WeightName(*network, i, ranks), ", unlike the first one"));
    }
    if (ranks[i] == 0) continue;
    Dims dims = t.dims();
    while (static_cast<int>(dims.size()) > ranks[i] && dims.back() == 1) dims.pop_back();
    if (dims.size() < t.dims().size()) {
      DAGRAD_ASSIGN_OR_RETURN(t, t.Reshaped(dims));
    }
    DAGRAD_ASSIGN_OR_RETURN(
        t, FitToType(t, WeightType(*network, i, ranks[i]), WeightName(*network, i, ranks)));
    fitted.push_back(std::move(t));
  }
  return fitted;
}

absl::StatusOr<Data> Model::Impl::WeightsOf(const std::map<int64_t, double>& classes, const Data& y,
                                            const Data& sample_weight) const {
  if (classes.empty()) return sample_weight;
  const std::vector<StepSpec::OutputSpec>& outputs = compiled->spec.outputs;
  const bool by_number = outputs.size() == 1 && outputs[0].loss.target_kind() != TargetKind::kDense;
  if (by_number && y.tensors.size() == 1 && y.tensors[0].rank() == 2 &&
      y.tensors[0].dims()[1] > 1) {
    return InvalidArgumentError(
        absl::StrCat("class_weight needs one class number for each example; the target has ",
                     DimsToString(y.tensors[0].dims()), ": give sample_weight instead"));
  }
  DAGRAD_ASSIGN_OR_RETURN(
      Tensor weights, ClassWeights(classes, y.tensors,
                                   sample_weight.empty() ? Tensor() : sample_weight.tensors[0]));
  return Data(std::move(weights));
}

absl::StatusOr<std::vector<Tensor>> Model::Impl::FitColumns(const Data& x, const Data& y,
                                                            const Data& sample_weight,
                                                            const WeightRanks& ranks) const {
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Tensor> columns, FitInputs(x));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> targets, FitTargets(y));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> weights, FitWeights(sample_weight, ranks));
  columns.insert(columns.end(), targets.begin(), targets.end());
  columns.insert(columns.end(), weights.begin(), weights.end());
  return columns;
}

absl::StatusOr<Columns> Model::Impl::FitColumns(const Data& x, const Data& y,
                                                const Data& sample_weight) const {
  Columns columns{.inputs = x.tensors.size(), .weights = RanksOf(sample_weight)};
  DAGRAD_ASSIGN_OR_RETURN(columns.tensors, FitColumns(x, y, sample_weight, columns.weights));
  return columns;
}

}  // namespace dagrad::keras

#ifndef DAGRAD_KERAS_MODELS_MODEL_IMPL_H_
#define DAGRAD_KERAS_MODELS_MODEL_IMPL_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/keras/callbacks/progress_bar.h"
#include "dagrad/keras/data/data.h"
#include "dagrad/keras/layers/network.h"
#include "dagrad/keras/models/model.h"
#include "dagrad/keras/models/step.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad::keras {

// A step function, compiled, with the buffers of the one loop that runs it.
struct CompiledStep {
  Step step;
  std::unique_ptr<Executable> executable;
  std::unique_ptr<RunContext> context;
};

// Of each layer of a network, whether it and those within it are trained.
using TrainableFlags = std::vector<std::vector<bool>>;
TrainableFlags FlagsOf(const Network& network);

// In its lifetime the layers are as trainable as these flags say; empty ones change nothing. What
// is trained is settled by Compile, though the layers' own flags may change after it.
class TrainableAtCompile {
 public:
  TrainableAtCompile(const Network& network, const TrainableFlags& flags);
  ~TrainableAtCompile();
  TrainableAtCompile(const TrainableAtCompile&) = delete;
  TrainableAtCompile& operator=(const TrainableAtCompile&) = delete;

 private:
  const Network& network_;
  TrainableFlags before_;
};

// What a step is fed with: inputs, targets and sample weights.
struct Columns {
  std::vector<Tensor> tensors;
  size_t inputs = 0;    // the first of them
  WeightRanks weights;  // what the last of them are
};

// What CompileOptions were made of, for files.
struct Compiled {
  CompileOptions options;
  TrainableFlags trainable;  // at Compile
  StepSpec spec;
  // By the sample weights that they take; made when first needed.
  std::map<WeightRanks, CompiledStep> train;
  std::map<WeightRanks, CompiledStep> evaluate;
};

struct Model::Impl {
  mutable std::mutex building;  // of network, predict and refused_add
  absl::Status status;
  absl::Status refused_add;      // not reported yet
  bool fitting = false;          // what would change what is trained is refused
  std::atomic<int> running = 0;  // calls of Evaluate and Predict: so is what would end their steps
  std::atomic<bool> stop_training = false;
  ModelOptions options;
  std::vector<Layer> stack;  // of a Sequential
  std::optional<KerasTensor> stack_input;
  std::optional<Network> network;
  StateStore state;
  std::optional<CompileOptions> pending;  // given to Compile before the input's shape was known
  std::optional<Compiled> compiled;
  std::string compiled_in;  // the path in the location of options that come from a file
  std::unique_ptr<Executable> predict;
  std::optional<Layer> as_layer;                  // made when first needed
  std::map<std::string, StateDecl> extra_states;  // beside the weights: slots, random key
  // What Load has read: states take their first values from it, so that none is drawn or filled.
  std::optional<std::map<std::string, Tensor>> restored;

  // Builds the stack for data of `dims` (batch included; null: not known) and dtype, if that is not
  // done yet. The input is of the data's dtype where the layers look integers up, else float32.
  absl::Status EnsureNetwork(const Dims* dims, DType dtype);
  absl::Status MakeNetwork(const std::vector<KerasTensor>& inputs,
                           const std::vector<KerasTensor>& outputs);
  // Makes `made` the network, with initial values for weights that have none. An error changes
  // nothing.
  absl::Status UseNetwork(Network made);
  absl::Status InitializeWeights(const Network& made);
  absl::Status RestoreWeights(const Network& made);
  // A Sequential's network with `layer` behind it. An error changes nothing.
  absl::Status Extend(const Layer& layer);
  void RefuseAdd(absl::Status why);
  absl::Status EnsurePredict();
  // EnsureNetwork for the data, then Compile if that waited for it; FailedPrecondition if there was
  // none.
  absl::Status EnsureCompiled(const Data& x);
  absl::Status CompilePending();
  absl::StatusOr<CompiledStep*> TrainStep(const WeightRanks& weights);
  absl::StatusOr<CompiledStep*> EvaluateStep(const WeightRanks& weights);
  // Adds a state that is there beside the weights. `first_value` is called if it is new and not
  // restored: what is being restored has it, unless it may be missing.
  absl::Status DeclareState(const StateDecl& decl, bool may_be_missing,
                            const std::function<absl::StatusOr<Tensor>()>& first_value);
  // The state's own tensor of the file; an error names what the file has instead.
  absl::StatusOr<Tensor> TakeRestored(const StateDecl& decl);
  // The key of random numbers, which starts from the model's seed.
  absl::Status DeclareRandomKey();
  absl::StatusOr<Function> PredictFunction();
  absl::Status FinishStep(CompiledStep* step);
  // `trainable` as another Compile found it; empty: as the layers are now.
  absl::Status CompileSteps(CompileOptions options, TrainableFlags trainable = {});

  // Whether arrays of `rows` examples, in batches of that size, are what the inputs take: some take
  // batches of a fixed size only.
  absl::Status CheckBatches(int64_t rows, int64_t batch_size) const;
  // Data made to fit the model's inputs, then its targets.
  absl::StatusOr<std::vector<Tensor>> FitInputs(const Data& x) const;
  absl::StatusOr<std::vector<Tensor>> FitTargets(const Data& y) const;
  // What sample weights a step takes that is fed with these; those of outputs without a target are
  // none.
  WeightRanks RanksOf(const Data& sample_weight) const;
  absl::StatusOr<std::vector<Tensor>> FitWeights(const Data& sample_weight,
                                                 const WeightRanks& ranks) const;
  // The sample weights times ClassWeights of the targets, where there are any.
  absl::StatusOr<Data> WeightsOf(const std::map<int64_t, double>& classes, const Data& y,
                                 const Data& sample_weight) const;
  absl::StatusOr<Columns> FitColumns(const Data& x, const Data& y, const Data& sample_weight) const;
  // For a step that takes weights of these ranks.
  absl::StatusOr<std::vector<Tensor>> FitColumns(const Data& x, const Data& y,
                                                 const Data& sample_weight,
                                                 const WeightRanks& ranks) const;
  // Why `call`, which would change what runs, is refused now, if it is.
  absl::Status CheckIdle(const char* call) const;
  std::vector<StateDecl> AllStates() const;
  absl::StatusOr<dagrad::Model> Graph();
  Json CompileJson() const;
  // The weights become the moving averages that the optimizer keeps of them, if it does.
  void TakeAverages();
};

// In its lifetime Enter() refuses what would change what the model runs.
class Running {
 public:
  explicit Running(Model::Impl* model) : model_(model) { ++model_->running; }
  ~Running() { --model_->running; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Model::Impl* model_;
};

// What is given by the outputs' names in `options` becomes lists in their order.
absl::StatusOr<StepSpec> MakeStepSpec(const Network& network, CompileOptions* options);

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_MODELS_MODEL_IMPL_H_

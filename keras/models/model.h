#ifndef DAGRAD_KERAS_MODELS_MODEL_H_
#define DAGRAD_KERAS_MODELS_MODEL_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/callbacks/callback.h"
#include "dagrad/keras/callbacks/history.h"
#include "dagrad/keras/data/batch_source.h"
#include "dagrad/keras/layers/input.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/metrics/metrics.h"
#include "dagrad/keras/models/custom_objects.h"
#include "dagrad/keras/models/per_output.h"
#include "dagrad/keras/models/train_step.h"
#include "dagrad/keras/optimizers/optimizers.h"

namespace dagrad::keras {

struct ModelOptions {
  std::string name = {};
  // Of all random numbers: initial weights, dropout, shuffling. Without it 0: runs repeat unless a
  // seed is chosen.
  int64_t seed = 0;
};

struct CompileOptions {
  Optimizer optimizer = "rmsprop";
  // With weights v, 1 each unless given, the sum over the outputs that have a loss is minimised:
  //   loss = Σ v[k] loss[k]
  // All of these in the forms of models/per_output.h: for every output, for each in their order, or
  // by their names. By name every output has an entry for its loss, std::nullopt for none, and each
  // that has a loss one for its weight. An output without a loss and metrics needs no target: y has
  // one for every output, or only for those that need one.
  OutputLosses loss = {};
  PerOutput<double> loss_weights = {};
  // Their names in the logs are Keras's: "mae", with several outputs "<output>_mae"; where that is
  // taken "weighted_mae" for a weighted one, otherwise "mae_1". The losses of several outputs are
  // there as "<output>_loss", if more than one has a loss. <output> is the name of the layer: where
  // that gives several outputs, "<output>_loss" is that of the last one, as in Keras.
  OutputMetrics metrics = {};
  OutputMetrics weighted_metrics = {};
  // Makes the training step in place of the loss's gradients (models/train_step.h). The loss, if
  // there is one, is for Evaluate and says what targets are. It is a function, which files do not
  // hold: a model is saved without its training, and Load gives one to be compiled.
  TrainStepFunction train_step = {};
  // The line that errors of the loss, the metrics and the optimizer name; that of Compile's call if
  // it is not given.
  SourceLocation location = {};
};

// Data to validate with: {x, y} or {x, y, sample_weight}.
struct ValidationData {
  Data x;
  Data y;
  Data sample_weight;  // as FitOptions have them
  ValidationData() = default;
  ValidationData(Data inputs, Data targets, Data weights = {})
      : x(std::move(inputs)), y(std::move(targets)), sample_weight(std::move(weights)) {}
  ValidationData(std::pair<Data, Data> data)  // NOLINT(google-explicit-constructor)
      : x(std::move(data.first)), y(std::move(data.second)) {}
  bool given() const { return !x.empty() || !y.empty(); }
};

// The epochs behind which Fit validates: 2, those with numbers 2, 4, …; {1, 3}, these alone.
// Numbers are 1 or more, InvalidArgument otherwise; the first epoch is 1.
struct ValidationFreq {
  int64_t every = 1;
  std::optional<std::vector<int64_t>> epochs = {};
  ValidationFreq(int64_t n = 1) : every(n) {}  // NOLINT(google-explicit-constructor)
  ValidationFreq(std::initializer_list<int64_t> some) : epochs(some) {}
  ValidationFreq(std::vector<int64_t> some)  // NOLINT(google-explicit-constructor)
      : epochs(std::move(some)) {}
  absl::Status Validate() const;
  bool Has(int64_t epoch) const;  // counted from 0
};

struct FitOptions {
  int64_t batch_size = 32;
  int64_t epochs = 1;  // the number of the last epoch plus one, as Keras counts with initial_epoch
  // 0: silent; 1: progress bar; 2: a line per epoch.
  int verbose = 1;
  // The last part of the data, before shuffling, that is kept for validation.
  double validation_split = 0;
  ValidationData validation_data = {};
  BatchSourcePtr validation_source = {};  // epoch 0 of it, each time
  // The most batches of an epoch, and of each validation; none: all that there are. The next epoch
  // begins anew, with its own order or number: unlike Keras's, which goes on where the last one
  // stopped.
  std::optional<int64_t> steps_per_epoch = {};
  std::optional<int64_t> validation_steps = {};
  // The order of each epoch is a permutation made of the model's seed (or this one) and the epoch's
  // number: another Fit has the same orders, unless it is given another seed or, to go on where the
  // last one ended, initial_epoch.
  bool shuffle = true;
  std::optional<int64_t> seed = {};
  std::map<int64_t, double> class_weight =
      {};  // for class numbers, one-hot or 0/1 targets of a single output
  // One tensor for all outputs, [examples] or [examples, 1]; or one for each output, some perhaps
  // Tensor(): all 1. One for an output [batch, d1, …, dk, n] may also be [examples, d1, …] with any
  // number of these axes (not for losses of sequences, as CTC): steps have weights of their own. Of
  // any float dtype; InvalidArgument, which names the output, for others. An output's loss is the
  // mean over the losses of all N examples (and steps) times their weights, times N / n where a
  // mask or ignore_class counts n of them only:
  //   loss = Σ w[i] l[i] / n
  // and a weighted metric is Σ w[i] m[i] / Σ w[i].
  Data sample_weight = {};
  int64_t initial_epoch = 0;
  std::optional<int64_t> validation_batch_size = {};  // as batch_size
  ValidationFreq validation_freq = 1;
  // Called in their order; keras/callbacks/callbacks.h has Keras's.
  std::vector<Callback> callbacks = {};
  std::ostream* out = nullptr;  // std::cout
  // Cancelled or past its time, Fit ends with that error; weights and optimizer are those after the
  // last whole step (runtime/run/executable.h, RunOptions).
  Budget budget = {};
  // Ends Fit with an error at the first step whose loss or new weights are NaN. The error names
  // epoch, batch and the first node of the graph that makes a NaN, with the line that built it, or
  // the input that has one; weights and optimizer are those before that step. Every step then
  // copies the weights and looks through them.
  bool debug_nans = false;
};

// The text of Model::Summary: a string that can be printed with its error.
struct SummaryText {
  std::string text;
  operator const std::string&() const { return text; }  // NOLINT(google-explicit-constructor)
  bool operator==(const SummaryText&) const = default;
};
std::ostream& operator<<(std::ostream& out, const SummaryText& summary);
std::ostream& operator<<(std::ostream& out, const absl::StatusOr<SummaryText>& summary);

struct EvaluateOptions {
  int64_t batch_size = 32;
  std::optional<int64_t> steps = {};  // the most batches; none: all
  int verbose = 1;
  Data sample_weight = {};  // as in Fit
  std::vector<Callback> callbacks = {};
  std::ostream* out = nullptr;
  Budget budget = {};
};

struct PredictOptions {
  int64_t batch_size = 32;
  std::optional<int64_t> steps = {};  // the most batches; none: all
  int verbose = 0;
  std::vector<Callback> callbacks = {};
  std::ostream* out = nullptr;
  Budget budget = {};
};

struct OnBatchOptions {
  Data sample_weight = {};                      // as in Fit
  std::map<int64_t, double> class_weight = {};  // as in Fit; of TrainOnBatch only
  Budget budget = {};
};

struct LoadWeightsOptions {
  // Weights that the file does not have, or not so, stay as they are.
  bool skip_mismatch = false;
  std::vector<std::string>* skipped = nullptr;  // takes the names of these
  Budget budget = {};
};

struct LoadOptions {
  Budget budget = {};  // takes what the model's weights take
  CustomObjects custom_objects = {};
  // Takes the metadata that the file has beside the model's own: what Save was given.
  std::map<std::string, std::string>* metadata = nullptr;
};

struct Stream;

// A Keras model: layers from inputs to outputs, weights, and the functions (predict, train_step,
// evaluate_step, initialize) that they are compiled to. Not thread-safe, but for Predict, which
// several threads may call at once while nothing else runs, unless a layer is stateful.
//
// A model that was moved from has no layers; its calls are FailedPrecondition.
//
// Data is given as tensors whose first dimension counts the examples. Inputs are cast to the
// input's dtype; targets of kind dense to the output's dtype, and [n] to [n, 1] where the output is
// that; sparse ones to int64, and [n, 1] to [n]. An output [n] counts as one column, [n, 1]: its
// loss is the mean over the examples, and only losses with dense targets take it. What is cast to
// integers must be these: 1.7, NaN or 300 for uint8 is an error that names value and row. Errors
// are InvalidArgument with the name of the input or output and both shapes; FailedPrecondition
// before Compile.
class Model {
 public:
  // The functional style. An error in the layers is given by status() and by every later call.
  Model(KerasTensor input, KerasTensor output, ModelOptions options = {});
  Model(std::vector<KerasTensor> inputs, std::vector<KerasTensor> outputs,
        ModelOptions options = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  virtual ~Model();

  // The first error in the layers, or that of a refused Sequential::Add.
  const absl::Status& status() const;
  const std::string& name() const;
  std::vector<Layer> layers() const;
  absl::StatusOr<Layer> GetLayer(absl::string_view layer_name) const;

  // The model as a layer of another one: its layers and weights are those of this model, in every
  // call and in every model. A Sequential that has no shape yet takes that of its first input. What
  // is added to a Sequential later is not in layers that were made before.
  KerasTensor operator()(const KerasTensor& input,
                         SourceLocation location = SourceLocation::Current()) const;
  KerasTensor operator()(const std::vector<KerasTensor>& inputs,
                         SourceLocation location = SourceLocation::Current()) const;
  // The same layer, for TimeDistributed and the like.
  absl::StatusOr<Layer> AsLayer(SourceLocation location = SourceLocation::Current()) const;

  absl::Status Compile(CompileOptions options, SourceLocation location = SourceLocation::Current());
  // With the logs of every epoch. When the loss becomes NaN it says so once, on options.out unless
  // that is silent and in the History, and goes on: a callback that is to end it calls
  // StopTraining.
  absl::StatusOr<History> Fit(const Data& x, const Data& y, FitOptions options = {});
  // From batches that are read as they are needed, each cast as arrays are. Of the options
  // batch_size, shuffle and seed mean nothing here; validation_split, class_weight and
  // sample_weight are refused. What arrays and a source of the same batches train is the same.
  absl::StatusOr<History> Fit(const BatchSourcePtr& batches, FitOptions options = {});
  // Ends the Fit that is running after the batch at hand: the epoch is finished with what it has,
  // validated, and Fit returns its History. Any thread may call it; without a Fit it does nothing.
  void StopTraining();
  // The rate of the next training step: that of the optimizer's options until it is set. It is part
  // of the saved state. Where the rate is a schedule, it is a function of the steps done, and
  // setting it is FailedPrecondition; a rate that is negative or not finite is InvalidArgument.
  absl::StatusOr<double> GetLearningRate() const;
  absl::Status SetLearningRate(double rate);
  // The steps of the optimizer so far, in all its trainings: batches, or with accumulation those
  // that changed the weights. FailedPrecondition before Compile.
  absl::StatusOr<int64_t> GetIterations() const;
  // {"loss", "accuracy", …}, and Logs::tensors() for metrics that are no numbers
  absl::StatusOr<Logs> Evaluate(const Data& x, const Data& y, EvaluateOptions options = {});
  absl::StatusOr<Logs> Evaluate(const BatchSourcePtr& batches, EvaluateOptions options = {});
  // One step of training on all of x and y, and its logs, as in loops of one's own: no callbacks,
  // no progress bar. The state that it changes is that of Fit.
  absl::StatusOr<Logs> TrainOnBatch(const Data& x, const Data& y, OnBatchOptions options = {});
  // The logs of one batch, without training.
  absl::StatusOr<Logs> TestOnBatch(const Data& x, const Data& y, OnBatchOptions options = {});
  // Predict in one batch, whatever batch_size says.
  absl::StatusOr<Tensor> PredictOnBatch(const Data& x, PredictOptions options = {}) const;
  // Outputs for all examples, in order.
  absl::StatusOr<std::vector<Tensor>> PredictAll(const Data& x, PredictOptions options = {}) const;
  // Of the x of all batches of epoch 0, in order; y and weights are not looked at. batch_size means
  // nothing here.
  absl::StatusOr<std::vector<Tensor>> PredictAll(const BatchSourcePtr& batches,
                                                 PredictOptions options = {}) const;
  // Of a model with one output.
  absl::StatusOr<Tensor> Predict(const Data& x, PredictOptions options = {}) const;
  absl::StatusOr<Tensor> Predict(const BatchSourcePtr& batches, PredictOptions options = {}) const;

  // Keras's table of layers, output shapes and parameters: std::cout << model.Summary().
  absl::StatusOr<SummaryText> Summary() const;
  int64_t CountParams() const;

  // All weights in the order of the layers: copies. SetWeights checks number, dtypes and shapes
  // before it changes anything.
  absl::StatusOr<std::vector<Tensor>> GetWeights() const;
  absl::Status SetWeights(const std::vector<Tensor>& weights);
  // What stateful layers carry from batch to batch is 0 again. Callbacks of Fit may call it, as
  // between epochs.
  void ResetState();
  // The weights alone, by name ("dense/kernel"), in a file of the format safetensors, whose name
  // must end so; the file is whole or not there. LoadWeights into a model of the same layers: a
  // weight that is missing, of another shape or dtype, or one that the model does not have is an
  // error, which changes nothing, unless skip_mismatch is true.
  absl::Status SaveWeights(const std::string& path) const;
  absl::Status LoadWeights(const std::string& path, const LoadWeightsOptions& options = {});
  // All that training changes, by name: weights, what layers and optimizer keep, the learning rate,
  // the random key. A Fit behind SetState of what GetState gave goes on from there with the same
  // bits. FailedPrecondition before Compile; InvalidArgument, which changes nothing, for other
  // names, dtypes or shapes.
  absl::StatusOr<std::map<std::string, Tensor>> GetState() const;
  absl::Status SetState(const std::map<std::string, Tensor>& state);

  // Writes `directory`/model.pb and weights: layers, weights and, if compiled, the training step
  // with its optimizer's state and the random key, so that training goes on after Load with the
  // same bits. A failed Save leaves older files whole (io/model_file.h). Load reads the weights
  // once, into the model's own memory; what happens to the files later does not reach it.
  // `metadata`: further entries of the model file, which are in force together with it. The keys
  // "keras" and "dagrad.weights" are the model's own.
  absl::Status Save(const std::string& directory,
                    const std::map<std::string, std::string>& metadata = {}) const;
  static absl::StatusOr<Model> Load(const std::string& directory, const LoadOptions& options = {});
  static absl::StatusOr<Model> Load(const std::string& directory, const Budget& budget) {
    return Load(directory, LoadOptions{.budget = budget});
  }

  // The functions and declarations as a graph, for tools and tests. Training functions are there
  // once compiled.
  absl::StatusOr<dagrad::Model> Graph() const;

  struct Impl;

 protected:
  Model();
  // The model for a call named `call`, kept alive while it runs. FailedPrecondition for one that
  // was moved from and, if the call changes what is trained, while Fit runs. The error of a refused
  // Add, once.
  absl::StatusOr<std::shared_ptr<Impl>> Enter(const char* call, bool changes = false) const;
  std::shared_ptr<Impl> impl_;  // null: moved from

 private:
  // Another handle of the same model, for callbacks: whatever becomes of the first.
  explicit Model(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  static absl::StatusOr<Logs> EvaluateStream(const std::shared_ptr<Impl>& impl, Stream* stream,
                                             const EvaluateOptions& options);
  static absl::StatusOr<std::optional<Stream>> ValidationStream(Impl* impl,
                                                                const FitOptions& options,
                                                                const Stream* train);
  static absl::StatusOr<History> RunFit(const std::shared_ptr<Impl>& impl, Stream train,
                                        std::optional<Stream> validation,
                                        const FitOptions& options);
  absl::StatusOr<Layer> AsLayer(const Dims* dims, DType dtype, SourceLocation location) const;
  // AsLayer for a first input of that type.
  absl::StatusOr<Layer> LayerFor(const ValueType& input, SourceLocation location) const;
};

// A model as a stack of layers. It is built as soon as the shape of its input is known: from the
// first layer's input_shape, an Input() added first, or the first data that Fit, Evaluate or
// Predict see. An input that it makes itself is float32, whatever the data (images of uint8
// included), as in Keras; but where an Embedding looks integers up it takes the data's dtype, or
// int64 if it is built by input_shape, so that every index arrives exactly.
//
// Add after that builds it anew: all weights are kept, and a compiled model is compiled again, with
// the same options and a new optimizer, when it is next trained or evaluated. An Add that is
// refused (an Input() that is not first, a layer that does not fit or is null, Add inside a
// callback of Fit) leaves the model as it was; status() and the next call that gives a status say
// why, once.
class Sequential : public Model {
 public:
  explicit Sequential(std::string name = "sequential", ModelOptions options = {});
  Sequential(std::vector<Layer> layers, ModelOptions options);
  void Add(Layer layer);
  void Add(KerasTensor input);
};

// The summary; "dense (Dense)"; "float32[batch,3]"; or the error.
std::ostream& operator<<(std::ostream& out, const Model& model);
std::ostream& operator<<(std::ostream& out, const Layer& layer);
std::ostream& operator<<(std::ostream& out, const KerasTensor& tensor);
std::ostream& operator<<(std::ostream& out, const absl::StatusOr<Model>& model);
std::ostream& operator<<(std::ostream& out, const absl::StatusOr<Layer>& layer);

}  // namespace dagrad::keras

namespace dagrad {

// What Model::Graph gives cannot be printed (ModelToText makes text of it): declared so that the
// compiler says so in a line, not in hundreds.
std::ostream& operator<<(std::ostream& out, const absl::StatusOr<Model>& graph) = delete;

}  // namespace dagrad

#endif  // DAGRAD_KERAS_MODELS_MODEL_H_

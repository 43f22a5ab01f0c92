#ifndef DAGRAD_KERAS_MODEL_H_
#define DAGRAD_KERAS_MODEL_H_

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
#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/history.h"
#include "dagrad/keras/layer.h"
#include "dagrad/keras/losses.h"
#include "dagrad/keras/metrics.h"
#include "dagrad/keras/optimizers.h"

namespace dagrad::keras {

// Tensors for the inputs or outputs of a model, in their order. A single one stands for itself.
struct Data {
  std::vector<Tensor> tensors;
  Data() = default;
  Data(Tensor tensor) : tensors({std::move(tensor)}) {}  // NOLINT(google-explicit-constructor)
  Data(std::vector<Tensor> list)
      : tensors(std::move(list)) {}  // NOLINT(google-explicit-constructor)
  bool empty() const { return tensors.empty(); }
};

struct ModelOptions {
  std::string name = {};
  // Of all random numbers: initial weights, dropout, shuffling. Without it 0: runs repeat unless a
  // seed is chosen.
  int64_t seed = 0;
};

// One loss for every output, or one per output: .loss = "mse", .loss = {"mse",
// "binary_crossentropy"}.
struct Losses {
  std::vector<Loss> list;
  Losses() = default;
  Losses(const char* name) : list({Loss(name)}) {}         // NOLINT(google-explicit-constructor)
  Losses(const std::string& name) : list({Loss(name)}) {}  // NOLINT(google-explicit-constructor)
  Losses(Loss loss) : list({std::move(loss)}) {}           // NOLINT(google-explicit-constructor)
  Losses(std::initializer_list<Loss> losses) : list(losses) {}
  Losses(std::vector<Loss> losses)
      : list(std::move(losses)) {}  // NOLINT(google-explicit-constructor)
};

struct CompileOptions {
  Optimizer optimizer = "rmsprop";
  Losses loss = {};
  std::vector<double> loss_weights = {};  // 1 each
  std::vector<Metric> metrics = {};       // of every output
  std::vector<Metric> weighted_metrics = {};
  // The line that errors of the loss, the metrics and the optimizer name; that of Compile's call if
  // it is not given.
  SourceLocation location = {};
};

// Called by Fit. Returning an error ends it with that error.
struct Callback {
  std::function<absl::Status(int64_t epoch, const Logs& logs)> on_epoch_end = {};
  std::function<absl::Status(int64_t batch, const Logs& logs)> on_train_batch_end = {};
};

struct FitOptions {
  int64_t batch_size = 32;
  int64_t epochs = 1;  // the number of the last epoch plus one, as Keras counts with initial_epoch
  // 0: silent; 1: progress bar; 2: a line per epoch.
  int verbose = 1;
  // The last part of the data, before shuffling, that is kept for validation.
  double validation_split = 0;
  std::optional<std::pair<Data, Data>> validation_data = {};
  // The order of each epoch is a permutation made of the model's seed (or this one) and the epoch's
  // number.
  bool shuffle = true;
  std::optional<int64_t> seed = {};
  std::map<int64_t, double> class_weight =
      {};                     // for class numbers, one-hot or 0/1 targets of a single output
  Tensor sample_weight = {};  // [examples], any float dtype
  int64_t initial_epoch = 0;
  std::optional<int64_t> validation_batch_size = {};  // as batch_size
  int64_t validation_freq = 1;
  std::vector<Callback> callbacks = {};
  std::ostream* out = nullptr;  // std::cout
};

struct EvaluateOptions {
  int64_t batch_size = 32;
  int verbose = 1;
  Tensor sample_weight = {};
  std::ostream* out = nullptr;
};

struct PredictOptions {
  int64_t batch_size = 32;
  int verbose = 0;
  std::ostream* out = nullptr;
};

// A Keras model: layers from inputs to outputs, weights, and the functions (predict, train_step,
// evaluate_step, initialize) that they are compiled to. Not thread-safe, but for Predict, which
// several threads may call at once while nothing else runs.
//
// Data is given as tensors whose first dimension counts the examples. Inputs are cast to the
// input's dtype; targets of kind dense to the output's dtype, and [n] to [n, 1] where the output is
// that; sparse ones to int64, and [n, 1] to [n]. What is cast to integers must be these: 1.7, NaN
// or 300 for uint8 is an error that names value and row. Errors are InvalidArgument with the name
// of the input or output and both shapes; FailedPrecondition before Compile.
class Model {
 public:
  // The functional style. An error in the layers is given by status() and by every later call.
  Model(KerasTensor input, KerasTensor output, ModelOptions options = {});
  Model(std::vector<KerasTensor> inputs, std::vector<KerasTensor> outputs,
        ModelOptions options = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  virtual ~Model();

  const absl::Status& status() const;
  const std::string& name() const;
  std::vector<Layer> layers() const;
  absl::StatusOr<Layer> GetLayer(absl::string_view layer_name) const;

  absl::Status Compile(CompileOptions options, SourceLocation location = SourceLocation::Current());
  absl::StatusOr<History> Fit(const Data& x, const Data& y, FitOptions options = {});
  // {"loss", "accuracy", …}
  absl::StatusOr<Logs> Evaluate(const Data& x, const Data& y, EvaluateOptions options = {});
  // Outputs for all examples, in order.
  absl::StatusOr<std::vector<Tensor>> PredictAll(const Data& x, PredictOptions options = {}) const;
  // Of a model with one output.
  absl::StatusOr<Tensor> Predict(const Data& x, PredictOptions options = {}) const;

  // Keras's table of layers, output shapes and parameters.
  absl::StatusOr<std::string> Summary() const;
  int64_t CountParams() const;

  // All weights in the order of the layers: copies. SetWeights checks number, dtypes and shapes
  // before it changes anything.
  absl::StatusOr<std::vector<Tensor>> GetWeights() const;
  absl::Status SetWeights(const std::vector<Tensor>& weights);

  // Writes `directory`/model.pb and weights: layers, weights and, if compiled, the training step
  // with its optimizer's state and the random key, so that training goes on after Load with the
  // same bits. A failed Save leaves older files whole (io/model_file.h). Load reads the weights
  // once, into the model's own memory; what happens to the files later does not reach it.
  absl::Status Save(const std::string& directory) const;
  static absl::StatusOr<Model> Load(const std::string& directory);

  // The functions and declarations as a graph, for tools and tests. Training functions are there
  // once compiled.
  absl::StatusOr<dagrad::Model> Graph() const;

  struct Impl;

 protected:
  Model();
  std::unique_ptr<Impl> impl_;
};

// A model as a stack of layers. It is built as soon as the shape of its input is known: from the
// first layer's input_shape, an Input() added first, or the first data that Fit, Evaluate or
// Predict see. An input that it makes itself is float32, whatever the data (images of uint8
// included), as in Keras; but where an Embedding looks integers up it takes the data's dtype, or
// int64 if it is built by input_shape, so that every index arrives exactly.
class Sequential : public Model {
 public:
  explicit Sequential(std::string name = "sequential", ModelOptions options = {});
  Sequential(std::vector<Layer> layers, ModelOptions options);
  void Add(Layer layer);
  void Add(KerasTensor input);
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_MODEL_H_

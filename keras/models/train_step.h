#ifndef DAGRAD_KERAS_MODELS_TRAIN_STEP_H_
#define DAGRAD_KERAS_MODELS_TRAIN_STEP_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/optimizers/optimizers.h"
#include "dagrad/ops/creation/random/random.h"

namespace dagrad::keras {

class Model;

// What a training step of one's own is made of: nodes of the graph, as in Keras's train_step. Fit
// and TrainOnBatch run what it makes; it is called when a model is compiled, and again for a model
// with sample weights and for Graph and Save.
//
//   OrExit(model.Compile({.optimizer = Adam(1e-3), .train_step = [](TrainStep& step) {
//     const Value loss = ReduceMean(Square(step.Outputs()[0] - step.x()));
//     step.Minimize(loss);
//     step.Log("loss", loss);
//     return absl::OkStatus();
//   }}));
//
// The nodes are computed in the order of what they read, and weights are read at the call: behind a
// Minimize, Call reads the new ones. Errors in nodes are kept, and Compile gives the first. Not
// thread-safe, and only for the time of the call.
class TrainStep {
 public:
  GraphBuilder* builder() const;
  // Input i of the model, a batch of it; target i, which is there if Compile was given a loss, of
  // the type that this wants.
  Value x(size_t i = 0) const;
  Value y(size_t i = 0) const;
  // The weights of output i, where Fit was given some, else Value(): [batch], or the first axes of
  // the output but for its last one.
  Value sample_weight(size_t i = 0) const;

  // The outputs of the whole model for its inputs, in training.
  std::vector<Value> Outputs();
  // A layer of the model, or a model that is a layer of it, in training: dropout drops, and
  // statistics are updated.
  Value Call(const Layer& layer, Value input);
  std::vector<Value> Call(const Layer& layer, absl::Span<const Value> inputs);
  Value Call(const Model& model, Value input);
  // What layers added by AddLoss in all calls so far, and what the regularizers of all weights
  // cost: a scalar of `dtype`.
  Value LayerLosses(DType dtype = DType::kFloat32);

  // Other ones in every step.
  Value RandomNormal(const Shape& shape, RandomNormalOptions options = {});
  Value RandomUniform(const Shape& shape, RandomUniformOptions options = {});

  // A step of the optimizer of Compile down `loss`, a float scalar, for all trainable weights, or
  // for those of `layers` and of models that are layers. Each weight is changed by one Minimize at
  // most. An optimizer of its own has states of its own: those of the k-th Minimize are named
  // "optimizer_k/…", of the first (k = 0) "optimizer/…", and only that one's learning rate and
  // iterations are what Model::SetLearningRate and GetIterations mean. use_ema is for the first
  // only.
  void Minimize(Value loss);
  void Minimize(Value loss, const std::vector<Layer>& layers);
  void Minimize(Value loss, const std::vector<Layer>& layers, const Optimizer& optimizer);
  void Minimize(Value loss, const Model& model, const Optimizer& optimizer);

  // Shows the scalar as `name` in progress bar and History: its mean over the examples so far. One
  // at least; the first is what is looked at for NaN.
  void Log(const std::string& name, Value scalar);

  struct Impl;
  explicit TrainStep(Impl* impl) : impl_(impl) {}
  TrainStep(const TrainStep&) = delete;
  TrainStep& operator=(const TrainStep&) = delete;

 private:
  // For the weights of `layers` and of no layer within them; null: all.
  void MinimizeFor(Value loss, const std::set<const LayerImpl*>* layers,
                   const Optimizer& optimizer);

  Impl* impl_;
};

using TrainStepFunction = std::function<absl::Status(TrainStep& step)>;

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_MODELS_TRAIN_STEP_H_

#ifndef DAGRAD_KERAS_LAYERS_LAYER_H_
#define DAGRAD_KERAS_LAYERS_LAYER_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/keras/constraints/constraints.h"
#include "dagrad/keras/initializers/initializers.h"
#include "dagrad/keras/regularizers/regularizers.h"

namespace dagrad::keras {

class Layer;
struct LayerCall;

// A weight of a layer: a state of the model, named "<layer>/<name>".
struct Weight {
  std::string name;  // "kernel"
  DType dtype = DType::kFloat32;
  Dims dims;
  Initializer initializer = "zeros";
  bool trainable = true;
  // The value, once a model has initialised it: shared by all models that the layer is part of.
  Tensor value;
  // What is kept from batch to batch: saved, but no weight for GetWeights, CountParams and Summary.
  bool carried = false;
  // Of trainable weights: what it costs, and what it must fulfil after every step.
  Regularizer regularizer = {};
  Constraint constraint = {};
};

class LayerImpl;
struct LayerInputs;
struct LayerOutputs;

// The names that layers have in a model, the heads of their weights' names: "dense", or of a layer
// within another "bidirectional/forward_lstm".
using LayerNames = std::unordered_map<const LayerImpl*, std::string>;

// What a layer needs to add its nodes to a function.
class CallContext {
 public:
  // `names` are those of all layers that are called; `streams` counts the random nodes of the
  // function.
  CallContext(GraphBuilder* builder, bool training, const LayerNames* names, int64_t* streams)
      : builder_(builder), training_(training), names_(names), streams_(streams) {}

  GraphBuilder* builder() const { return builder_; }
  bool training() const { return training_; }
  // The name that `layer` has in this model. While only the types of results are asked for, no
  // model has named it yet: it is the layer's own, and may be empty.
  const std::string& NameOf(const LayerImpl& layer) const { return names_->at(&layer); }
  // Calls `layer`, one of the model or a sub-layer of the one being called, in its scope and line.
  // Its results have as many masks as values. Errors name it; a result that is no value is one.
  LayerOutputs CallLayer(const LayerImpl& layer, LayerInputs inputs);
  // Adds the sum of `loss`, of a float dtype and any shape, to what training minimises and Fit and
  // Evaluate show as "loss", in every call of a layer: Keras's add_loss.
  void AddLoss(Value loss);
  // Adds what `activity` costs, a float result of a layer, [batch, …], if there is a rule.
  void AddActivityLoss(const Regularizer& rule, Value activity);
  const std::vector<Value>& losses() const { return losses_; }
  // The Philox key of this step: a state that every training step advances.
  Value RandomKey();
  // A number of its own for each random node.
  int64_t NextStream() { return (*streams_)++; }
  bool used_random_key() const { return *streams_ > 0; }

  // What the state holds at this point of the function: the value of the last Update, else the one
  // on entry.
  Value State(const std::string& name, DType dtype, const Shape& shape);
  // Makes `value` the state's value for all that follows. A layer that is called several times thus
  // updates in turn, in the order of its calls, as in Keras.
  void Update(const std::string& name, Value value);
  // `value` is what is read of the state from here on, which someone else updates.
  void Replace(const std::string& name, Value value) { replaced_.emplace_back(name, value); }
  // Hands the last value of every updated state to the builder: once, behind all calls.
  void Finish();

  static constexpr absl::string_view kRandomKeyState = "random/key";

 private:
  GraphBuilder* builder_;
  bool training_;
  const LayerNames* names_;
  int64_t* streams_;
  std::string within_;                 // the name of the layer that is being called, and "/"
  const LayerImpl* called_ = nullptr;  // that layer
  std::vector<std::pair<std::string, Value>> updates_;  // in order of the first ones
  std::vector<std::pair<std::string, Value>> replaced_;
  std::vector<Value> losses_;
};

// What a layer's Call is given.
struct LayerInputs {
  absl::Span<const Value> values;
  // CallArgs::initial_state; only layers with initial_states() > 0 ever see one.
  absl::Span<const Value> initial_state = {};
  // One for each value, Value() where that has none, or empty. A mask says which steps of a value
  // [batch, steps, …] are there (true) and which are padding (false): bool [batch, steps], as in
  // Keras. Only layers with supports_masking() ever see one.
  absl::Span<const Value> masks = {};
  // CallArgs::attention_mask and use_causal_mask; only layers with takes_attention_mask() see them.
  Value attention_mask = {};
  bool use_causal_mask = false;

  size_t size() const { return values.size(); }
  // Value() where there are not as many.
  Value operator[](size_t i) const { return i < size() ? values[i] : Value(); }
  // Value() where there is none.
  Value mask(size_t i = 0) const { return i < masks.size() ? masks[i] : Value(); }
  bool has_mask() const;  // of any value
};

// What it gives: one value, or several in a fixed order, and their masks.
struct LayerOutputs {
  std::vector<Value> values;
  // Value() for a value without one, and for those behind the last. Not set by a layer: mask i of
  // the inputs is that of result i.
  std::optional<std::vector<Value>> masks;
  LayerOutputs(Value one) : values({one}) {}  // NOLINT(google-explicit-constructor)
  LayerOutputs(std::vector<Value> all)
      : values(std::move(all)) {}  // NOLINT(google-explicit-constructor)
  LayerOutputs(std::vector<Value> all, std::vector<Value> its_masks)
      : values(std::move(all)), masks(std::move(its_masks)) {}
  Value mask(size_t i = 0) const {
    return masks.has_value() && i < masks->size() ? (*masks)[i] : Value();
  }
};

// What the integers of a model's data are to a layer: where the model makes its own Input, it keeps
// their dtype or makes them float32 accordingly.
enum class IntegerData {
  kFloats,   // numbers to compute with: float32, as images of uint8
  kIndices,  // indices to look up, which float32 cannot hold: kept
  kPassed,   // only moved around: what the next layer says
};

// What a kind of layer implements. A user's own layer derives from it and is wrapped in a Layer.
class LayerImpl {
 public:
  // A layer that this one calls, by CallContext::CallLayer.
  struct Sublayer {
    std::string name;
    std::shared_ptr<LayerImpl> layer;
  };
  // Layers within layers; a model within a model is one.
  static constexpr int kMaxNesting = 16;

  explicit LayerImpl(std::string name, SourceLocation location)
      : name_(std::move(name)), location_(location) {}
  virtual ~LayerImpl() = default;

  virtual absl::string_view class_name() const = 0;  // Keras's: "Dense"
  // Checks the options and the inputs' types and declares weights by AddWeight. Called once, before
  // the first Call.
  virtual absl::Status Build(absl::Span<const ValueType> inputs) = 0;
  // Adds the layer's nodes. Read weights by WeightValue; a training call may update non-trainable
  // ones by UpdateWeight, and what is called later reads the new value. A layer gives as many
  // values for every call.
  virtual LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const = 0;
  // How many tensors CallArgs::initial_state has, where it is not empty. 0: the layer has no state.
  virtual int initial_states() const { return 0; }
  // Whether CallArgs::attention_mask and use_causal_mask mean something to it.
  virtual bool takes_attention_mask() const { return false; }
  // Whether the layer reads the masks of its inputs or passes them on. If not, a mask that arrives
  // is InvalidArgument (Keras drops it with a warning); ignores_mask() is the way on.
  virtual bool supports_masking() const { return false; }
  virtual IntegerData integer_data() const { return IntegerData::kFloats; }
  // The penalty of each float result, divided by the size of the batch, is part of the loss.
  virtual const Regularizer& activity_regularizer() const;
  // The same layer anew, not built, with these options, of type bool, set: what a layer that holds
  // two of one kind, Bidirectional, makes them by. Null where the class cannot.
  using BoolOptions = absl::Span<const std::pair<absl::string_view, bool>>;
  virtual std::shared_ptr<LayerImpl> Copy(std::string name, BoolOptions options) const;
  // The options by Keras's names, for summaries and files; graph/json.h has what makes them.
  virtual Json Config() const = 0;

  // The user's, or what the first model gave it. In a model where that is taken by another layer, a
  // name that a model gave is replaced: Network::LayerName is the name there.
  const std::string& name() const { return name_; }
  void set_name(std::string name);
  bool named_by_model() const { return named_by_model_; }
  void SetNameByModel(std::string name);
  SourceLocation location() const { return location_; }
  int64_t serial() const { return serial_; }  // grows with creation
  // Where a layer that was read from a file was made.
  void set_location(std::string file, int line);
  bool built() const { return built_; }
  const std::vector<Weight>& weights() const { return weights_; }
  std::vector<Weight>& mutable_weights() { return weights_; }
  // Their weights are named "<layer>/<sub-layer>/<weight>", and follow the layer's own.
  const std::vector<Sublayer>& sublayers() const { return sublayers_; }
  int64_t CountParams() const;  // those of sub-layers, too
  // What stateful layers carry from batch to batch, here and in sub-layers, is 0 again: in all
  // models that the layer is part of. Not while one of them runs; callbacks of Fit may.
  void ResetState();
  // As in Keras, false freezes the layer and all within, whatever these say themselves; setting it
  // sets it for the sub-layers, too.
  bool trainable() const { return trainable_; }
  void set_trainable(bool trainable);
  // Masks that arrive are dropped: the layer, and what comes behind, takes padding for data. False
  // at first.
  bool ignores_mask() const { return ignores_mask_; }
  void set_ignores_mask(bool ignores) { ignores_mask_ = ignores; }
  // Of this layer, then of those within, in the order of their weights.
  std::vector<bool> TrainableFlags() const;
  // False if there are not as many.
  bool SetTrainableFlags(const std::vector<bool>& flags);
  // Shape of one example that the layer was given as option input_shape, for the first layer of a
  // Sequential.
  const std::optional<Dims>& input_shape() const { return input_shape_; }
  void set_input_shape(Dims dims) { input_shape_ = std::move(dims); }

  // Build, once; errors name the layer and its line. A layer does so for its sub-layers in its own
  // Build.
  absl::Status EnsureBuilt(absl::Span<const ValueType> inputs);
  // Adds the names of this layer and of those within, as far as they have none yet.
  void AddNames(const std::string& name, LayerNames* names) const;
  // Copy(), of the same flags, input shape and line.
  std::shared_ptr<LayerImpl> CopyAlike(std::string name, BoolOptions options) const;
  // "dense (Dense, file.cc:3): " before the message.
  absl::Status Prefixed(const absl::Status& status) const;

 protected:
  // In the constructor. Without a name the layer gets Keras's for its class, other than those of
  // the sub-layers that are there. One that is nested too deep is not kept, and Build is not
  // called: the error says so.
  void AddSublayer(std::shared_ptr<LayerImpl> layer, std::string name = "");
  // Whether a layer that is to hold `layer` may: destroying more than kMaxNesting would be a deep
  // recursion. If not, no use of this layer succeeds.
  bool MayHold(const LayerImpl& layer);
  // Returns the index for WeightValue.
  int AddWeight(std::string name, DType dtype, Dims dims, Initializer initializer,
                bool trainable = true);
  // Gives weight `index`, which it returns, a regularizer and a constraint.
  int WithRules(int index, Regularizer regularizer, Constraint constraint);
  // The same for what is carried from batch to batch: 0 at first. Every call may update it.
  int AddCarried(std::string name, DType dtype, Dims dims);
  Value WeightValue(CallContext& context, int index) const;
  void UpdateWeight(CallContext& context, int index, Value value) const;
  std::optional<Dims> input_shape_;

 private:
  static int64_t NextSerial();

  const int64_t serial_ = NextSerial();
  std::string name_;
  bool named_by_model_ = false;
  SourceLocation location_;
  std::string file_;  // what location_ points at, if it came from a file
  bool built_ = false;
  bool trainable_ = true;
  bool ignores_mask_ = false;
  std::vector<Weight> weights_;
  std::vector<Sublayer> sublayers_;
  int nesting_ = 1;  // of layers, this one included
};

// A symbolic tensor of the functional style: the result of Input() or of a layer's call. A failed
// call gives a tensor that carries the error to the model.
//
// Of a layer that gives several tensors, t[0], t[1], … are these; t itself, which is none of them,
// is an error wherever it is used.
//   KerasTensor t = LSTM(8, {.return_state = true})(x);
//   KerasTensor y = t[0], h = t[1], c = t[2];
class KerasTensor {
 public:
  KerasTensor() = default;
  explicit KerasTensor(std::shared_ptr<const LayerCall> call) : call_(std::move(call)) {}
  KerasTensor operator[](int i) const { return KerasTensor(call_, i); }
  int num_results() const;  // of the call: 0 where it failed

  // Its first dimension is the symbol "batch", or InputOptions::batch_size.
  const ValueType& type() const;
  const Shape& shape() const { return type().shape; }
  // The first error on the way here; or that it stands for several results of which none was taken,
  // or for one that there is not.
  absl::Status status() const;
  // A tensor that carries this error.
  static KerasTensor Failed(absl::Status status);
  const std::shared_ptr<const LayerCall>& call() const { return call_; }
  int port() const { return port_ == kOnly ? 0 : port_; }  // of the call's results
  bool has_mask() const;                                   // which steps are padding is known

 private:
  static constexpr int kOnly = std::numeric_limits<int>::min();
  KerasTensor(std::shared_ptr<const LayerCall> call, int port)
      : call_(std::move(call)), port_(port) {}
  std::shared_ptr<const LayerCall> call_;
  int port_ = kOnly;
};

// What a call is given beside its inputs.
struct CallArgs {
  // What a recurrent layer starts from: {h, c} of LSTM, {h} of GRU, each [batch, units]. Empty:
  // zeros.
  std::vector<KerasTensor> initial_state = {};
  // Which steps of the key (last axis) a step of the query sees, in MultiHeadAttention: [batch,
  // q_len, kv_len], true or not 0. None: all.
  KerasTensor attention_mask = {};
  // Step i of the query sees steps 0 … i of the key only, in MultiHeadAttention.
  bool use_causal_mask = false;
};

// A layer, by reference: copies are the same layer, with the same weights. One that was moved from
// still is the layer. A null `impl` makes a layer whose every use is InvalidArgument.
class Layer {
 public:
  Layer(std::shared_ptr<LayerImpl> impl);  // NOLINT(google-explicit-constructor)
  Layer(const Layer&) = default;
  Layer& operator=(const Layer&) = default;

  KerasTensor operator()(const KerasTensor& input, CallArgs args = {}) const {
    return Apply(absl::MakeConstSpan(&input, 1), std::move(args));
  }
  KerasTensor operator()(const std::vector<KerasTensor>& inputs, CallArgs args = {}) const {
    return Apply(inputs, std::move(args));
  }

  // Each of these changes the layer and gives it back, for all kinds of layers alike:
  // Dense(10).Named("d").InputShape({7}).Trainable(false). The options name and input_shape, where
  // a layer has them, say the same.
  Layer Named(std::string name) const;
  Layer InputShape(Dims dims) const;  // of one example, for the first layer of a Sequential
  Layer Trainable(bool trainable) const;
  Layer IgnoreMask() const;  // ignores_mask() is true: Flatten().IgnoreMask()(x)

  LayerImpl* operator->() const { return impl_.get(); }
  LayerImpl& operator*() const { return *impl_; }
  const std::shared_ptr<LayerImpl>& impl() const { return impl_; }
  bool is_null() const;  // made of a null pointer

 private:
  KerasTensor Apply(absl::Span<const KerasTensor> inputs, CallArgs args) const;
  std::shared_ptr<LayerImpl> impl_;
};

struct CustomObjects;

// A function of values of the graph: of the layer's inputs, in a call of `training` or not. Its
// name stands in files: Load gives the layer the function of that name among
// CustomObjects::functions, so it must mean the same.
struct LambdaFunction {
  std::string name;
  std::function<Value(absl::Span<const Value> inputs, bool training)> call;
};

// A class of layers, as files name it. One of your own is given to Model::Load as
// CustomObjects::layers.
struct LayerClass {
  std::string name;  // LayerImpl::class_name
  // The layer of that name with the options that its Config() gave. InvalidArgument, naming the
  // option, for one of another kind or that the class does not have. `custom` is for the layers
  // within it.
  std::function<absl::StatusOr<Layer>(const std::string& name, const Json& config,
                                      const CustomObjects& custom)>
      make;
};

// One use of a layer: a node of the model's graph of layers.
struct LayerCall {
  LayerCall() = default;
  LayerCall(const LayerCall&) = delete;
  LayerCall& operator=(const LayerCall&) = delete;
  ~LayerCall();  // not recursive, however long the chain of calls that ends here
  // Inputs, then the tensors among the arguments.
  std::vector<KerasTensor> AllInputs() const;
  // The same; the call has them no longer then.
  std::vector<KerasTensor> TakeInputs();
  std::shared_ptr<LayerImpl> layer;
  std::vector<KerasTensor> inputs;
  CallArgs args;
  std::vector<ValueType> types;  // of the results
  // Of the masks of the results; kInvalid for none.
  std::vector<ValueType> mask_types;
  absl::Status status;  // the first error on the way here
  int64_t serial = 0;   // grows with creation: sorting by it is a topological order
};

// "MaxPooling2D" → "max_pooling2d", as Keras names layers.
std::string SnakeCase(absl::string_view class_name);

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_LAYER_H_

#ifndef DAGRAD_KERAS_LAYERS_NETWORK_H_
#define DAGRAD_KERAS_LAYERS_NETWORK_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/keras/layers/layer.h"

namespace dagrad::keras {

// The graph of layers behind a model: which layer is called on what, in topological order.
// Immutable once made.
class Network {
 public:
  // A result of a call.
  struct Ref {
    int call = 0;
    int port = 0;
  };
  struct Call {
    std::shared_ptr<LayerImpl> layer;
    std::vector<Ref> inputs;  // results of earlier calls
    std::vector<Ref> initial_state;
    std::vector<Ref> attention_mask;  // one or none
    bool use_causal_mask = false;
    std::vector<ValueType> types;  // of the results
  };

  // All calls that `outputs` need, down to `inputs`. Names the unnamed layers as Keras does,
  // in the order in which they were made ("dense", "dense_1"), and those anew whose name, given by
  // another model, is taken here. Errors: those that the tensors carry; a needed Input that is not
  // among `inputs`; an input that is no Input() or is given twice; two layers that the user gave
  // one name, or whose weights would have one.
  static absl::StatusOr<Network> Make(const std::vector<KerasTensor>& inputs,
                                      const std::vector<KerasTensor>& outputs);

  const std::vector<Call>& calls() const { return calls_; }
  const std::vector<int>& inputs() const { return inputs_; }  // indices of calls
  const std::vector<Ref>& outputs() const { return outputs_; }
  // Each once, in Keras's order (layer_order.h), which is that of weights; in the order of their
  // first calls, which is that of files.
  const std::vector<std::shared_ptr<LayerImpl>>& layers() const { return layers_; }
  const std::vector<std::shared_ptr<LayerImpl>>& called() const { return called_; }
  const ValueType& input_type(size_t i) const { return calls_[inputs_[i]].types[0]; }
  const ValueType& output_type(size_t i) const {
    return calls_[outputs_[i].call].types[outputs_[i].port];
  }
  // A layer of the network, or one within such a one, with the place of that (-1: none).
  struct Placed {
    std::shared_ptr<LayerImpl> layer;
    int within = -1;
  };
  // All of them, each once: a layer, then those within it.
  const std::vector<Placed>& placed() const { return placed_; }
  const std::string& LayerName(const LayerImpl& layer) const { return names_.at(&layer); }
  const std::string& InputName(size_t i) const { return LayerName(*calls_[inputs_[i]].layer); }
  // Of its layer, and unique: "s" and "s_1" for two results of layer s, or one that is listed
  // twice.
  const std::string& OutputName(size_t i) const { return output_names_[i]; }
  std::string StateName(const LayerImpl& layer, const Weight& weight) const {
    return LayerName(layer) + "/" + weight.name;
  }

  // What the nodes of a network give.
  struct Built {
    std::vector<Value> outputs;
    std::vector<Value> masks;   // of the outputs; Value() for none
    std::vector<Value> losses;  // of the layers: CallContext::AddLoss
  };
  // For calls of layers of this network, which must live longer.
  CallContext Context(GraphBuilder* builder, bool training, int64_t* streams) const {
    return CallContext(builder, training, &names_, streams);
  }
  // The function's inputs, named as the Input layers.
  std::vector<Value> AddInputs(CallContext& context) const;
  // Adds all nodes to `builder`, whose inputs are those of AddInputs.
  absl::StatusOr<Built> Build(GraphBuilder* builder, bool training, int64_t* streams) const;
  // Adds the calls of all layers but the inputs, which are given; returns the outputs and their
  // masks.
  absl::StatusOr<LayerOutputs> CallLayers(CallContext& context, const LayerInputs& inputs) const;

  // All weights as states. A layer with trainable false has no trainable ones, nor have those
  // within.
  std::vector<StateDecl> StateDecls() const;
  // Those of weights proper: without what is carried from batch to batch; of the layers in `of`
  // only, where it is not null.
  std::vector<StateDecl> WeightDecls(const std::set<const LayerImpl*>* of = nullptr) const;
  // Whether `layer` is one of the network, or within such a one.
  bool Contains(const LayerImpl& layer) const { return names_.contains(&layer); }
  // "predict": the inputs to the outputs, named as their layers.
  absl::StatusOr<Function> PredictFunction() const;
  // A state beside the weights, and the first value of all its elements.
  struct Filled {
    StateDecl decl;
    double value;
  };
  // "initialize": input "key" (int64[2]) to the first value of every weight, and of `others`.
  absl::StatusOr<Function> InitializeFunction(const std::vector<Filled>& others = {}) const;

  // An object with
  //   "layers":  [{"class_name", "name", "config", …}]
  //   "calls":   [{"layer", "inbound": [[call, port]], "initial_state", "attention_mask",
  //                "use_causal_mask"}]
  //   "inputs":  [call]
  //   "outputs": [[call, port]]
  // Arguments that a call does not have are left out. Also read is what version 1 of the
  // description had: a call alone, which is [call, 0].
  Json ToJson() const;
  // Unimplemented where a layer is part of two others, or of one and of the network: a file would
  // make two of it.
  absl::Status CheckSaveable() const;
  static absl::StatusOr<Network> FromJson(const Json& json, const CustomObjects& custom);

 private:
  absl::Status NameLayers();
  std::vector<StateDecl> Decls(bool carried, const std::set<const LayerImpl*>* of) const;
  void Place(const std::shared_ptr<LayerImpl>& layer, int within, std::set<const LayerImpl*>* seen);
  absl::Status CheckStateNames() const;

  std::vector<Call> calls_;
  std::vector<int> inputs_;
  std::vector<Ref> outputs_;
  std::vector<std::shared_ptr<LayerImpl>> layers_, called_;
  LayerNames names_;
  std::vector<Placed> placed_;
  std::string placed_twice_;  // the name of a layer
  std::vector<std::string> output_names_;
};

// The line of C++ that made what `json` describes, with the path in `file`; files before it was
// kept have none.
SourceLocation ReadLocation(const Json& json, std::string* file);

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_NETWORK_H_

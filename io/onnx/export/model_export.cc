#include "dagrad/io/onnx/export/model_export.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/tensors.h"

namespace dagrad::onnx {
namespace {

constexpr int64_t kOldestOpset = 17, kNewestOpset = 28;
constexpr char kOnnxMetadata[] = "onnx.metadata.";  // what an import puts before keys

// The first version of the format that has the opset.
int64_t IrVersionOf(int64_t opset) {
  if (opset >= 25) return 13;
  if (opset >= 24) return 12;
  if (opset >= 23) return 11;
  if (opset >= 21) return 10;
  return opset >= 19 ? 9 : 8;
}

void SetInfo(const std::string& name, const ValueType& type, proto::ValueInfo* info) {
  info->set_name(name);
  proto::Type::TensorType* tensor = info->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(DataTypeOf(type.dtype));
  tensor->mutable_shape();
  for (const Dim& dim : type.shape.dims()) {
    auto* d = tensor->mutable_shape()->add_dim();
    if (dim.is_known()) {
      d->set_dim_value(dim.value());
    } else {
      d->set_dim_param(dim.ToString());
    }
  }
}

bool Draws(const Function& f) {  // NOLINT(misc-no-recursion): the depth of bodies has a limit
  return std::any_of(f.nodes.begin(), f.nodes.end(), [](const Node& node) {
    const std::vector<NamedBody> bodies = BodiesOf(node);
    return node.op->Has(kRandom) ||
           std::any_of(bodies.begin(), bodies.end(),
                       [](const NamedBody& b) { return Draws(b.body->function()); });
  });
}

// What random numbers are composed of has an op that came with opset 18.
int64_t DefaultOpset(const Function* f) {
  return f != nullptr && Draws(*f) ? kOldestOpset + 1 : kOldestOpset;
}

}  // namespace

ModelExport::ModelExport(const Model& model, const io::TensorMap& state,
                         const io::ExportOnnxOptions& options)
    : model_(model),
      state_(state),
      options_(options),
      function_(model.FindFunction(options.function)),
      opset_(options.opset.value_or(DefaultOpset(function_))),
      compositions_(&out_, opset_) {}

void ModelExport::AddMetadata(const std::string& key, const std::string& value) {
  proto::StringEntry* entry = out_.add_metadata_props();
  entry->set_key(key);
  entry->set_value(value);
}

void ModelExport::AddHead() {
  out_.set_ir_version(IrVersionOf(opset_));
  out_.set_producer_name("dagrad");
  out_.set_producer_version(std::string(Producer()));
  out_.add_opset_import()->set_version(opset_);
  out_.mutable_graph()->set_name(model_.name.empty() ? function_->name : model_.name);
  AddMetadata("dagrad.function", function_->name);
  AddMetadata("dagrad.model", model_.name);
  for (const auto& [key, value] : model_.metadata) {
    if (absl::StartsWith(key, kOnnxMetadata)) {
      AddMetadata(key.substr(sizeof(kOnnxMetadata) - 1), value);
    } else {
      AddMetadata(absl::StrCat("dagrad.metadata.", key), value);
    }
  }
}

absl::Status ModelExport::AddState(GraphExport* graph) {
  for (const StateDecl& s : model_.states) {
    const auto read = std::find_if(function_->states.begin(), function_->states.end(),
                                   [&](NodeId id) { return function_->nodes[id].name == s.name; });
    const bool is_updated =
        std::any_of(function_->updates.begin(), function_->updates.end(),
                    [&s](const Function::Update& u) { return u.state == s.name; });
    if (read == function_->states.end() && !is_updated) continue;
    const auto found = state_.find(s.name);
    if (found == state_.end())
      return NotFoundError(absl::StrCat("state ", s.name, " has no tensor"));
    const Tensor& t = found->second;
    if (t.dtype() != s.type.dtype || !(Shape(absl::MakeConstSpan(t.dims())) == s.type.shape)) {
      return InvalidArgumentError(absl::StrCat("state ", s.name, " is ", s.type.ToString(),
                                               ", and its tensor is ", t.ToString(0)));
    }
    proto::Tensor* initializer = out_.mutable_graph()->add_initializer();
    initializer->set_name(s.name);
    initializer->set_data_type(DataTypeOf(t.dtype()));
    initializer->mutable_dims()->Add(t.dims().begin(), t.dims().end());
    if (!function_->updates.empty()) SetInfo(s.name, s.type, out_.mutable_graph()->add_input());
    AddMetadata(absl::StrCat("dagrad.state.", s.name), s.trainable ? "trainable" : "frozen");
    if (read != function_->states.end()) graph->Bind({*read, 0}, s.name);
  }
  return absl::OkStatus();
}

void ModelExport::NameOutputs(GraphExport* graph) {
  for (const Function::Output& output : function_->outputs) {
    std::string name = output.name;
    if (!names_.Take(name)) {
      name = names_.Unique(absl::StrCat(name, ":out"));
      AddMetadata(absl::StrCat("dagrad.output.", name), output.name);
    }
    outputs_.push_back(name);
    graph->Name(output.value, name);
  }
  for (const Function::Update& update : function_->updates) {
    outputs_.push_back(names_.Unique(absl::StrCat(update.state, ":new")));
    AddMetadata(absl::StrCat("dagrad.update.", outputs_.back()), update.state);
    graph->Name(update.value, outputs_.back());
  }
}

void ModelExport::AddOutputs(GraphExport* graph) {
  std::vector<ValueRef> values;
  for (const Function::Output& output : function_->outputs) values.push_back(output.value);
  for (const Function::Update& update : function_->updates) values.push_back(update.value);
  for (size_t i = 0; i < values.size(); ++i) {
    // One value of two outputs, or an input that is one, is copied.
    const std::string value = graph->Get(values[i]);
    if (!value.empty() && value != outputs_[i]) {
      const int last = writer_.size();
      writer_.Rename(last, writer_.Add("Identity", {value}, {})[0], outputs_[i]);
    }
    SetInfo(outputs_[i], function_->type(values[i]), out_.mutable_graph()->add_output());
  }
}

// Of a symbol that stands alone in the shape of an input.
std::string ModelExport::SizeOf(const Dim& dim) {
  for (NodeId id : function_->inputs) {
    const Shape& shape = function_->nodes[id].outputs[0].shape;
    for (int a = 0; a < shape.rank(); ++a) {
      if (shape.dim(a) == dim) return SizeOfAxis(&writer_, function_->nodes[id].name, a);
    }
  }
  return "";
}

absl::StatusOr<proto::Model> ModelExport::Run(bool with_bytes) {
  if (opset_ < kOldestOpset || opset_ > kNewestOpset) {
    return InvalidArgumentError(absl::StrCat("opset ", opset_, "; those from ", kOldestOpset,
                                             " to ", kNewestOpset, " are written"));
  }
  if (function_ == nullptr)
    return NotFoundError(absl::StrCat("the model has no function \"", options_.function, "\""));
  if (function_->outputs.empty() && function_->updates.empty())
    return InvalidArgumentError(absl::StrCat("function ", function_->name, " has no outputs"));
  AddHead();
  const bool by_functions =
      options_.compositions == io::ExportOnnxOptions::Compositions::kFunctions;
  const ExportContext context = {opset_, by_functions ? &compositions_ : nullptr, &unsupported_};
  GraphExport graph(*function_, context, &writer_, [this](const Dim& d) { return SizeOf(d); });
  for (NodeId id : function_->inputs) {
    const Node& node = function_->nodes[id];
    names_.Take(node.name);
    SetInfo(node.name, node.outputs[0], out_.mutable_graph()->add_input());
    graph.Bind({id, 0}, node.name);
  }
  for (const StateDecl& s : model_.states) names_.Take(s.name);
  DAGRAD_RETURN_IF_ERROR(AddState(&graph));
  NameOutputs(&graph);
  DAGRAD_RETURN_IF_ERROR(graph.Run());
  DAGRAD_RETURN_IF_ERROR(unsupported_.status());
  AddOutputs(&graph);
  if (!out_.functions().empty()) {
    proto::OperatorSetId* dagrad = out_.add_opset_import();
    dagrad->set_domain(kDagradDomain);
    dagrad->set_version(1);
  }
  if (with_bytes) AddBytes(state_, &out_);
  return std::move(out_);
}

void AddBytes(const io::TensorMap& state, proto::Model* model) {
  for (proto::Tensor& t : *model->mutable_graph()->mutable_initializer()) {
    const Tensor& tensor = state.at(t.name());
    if (t.data_location() == 0) t.set_raw_data(tensor.bytes(), tensor.byte_size());
  }
}

}  // namespace dagrad::onnx

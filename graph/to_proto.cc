// Graphs to protocol buffers (serialize.h).
#include <algorithm>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad {
namespace {

absl::Status RestoreUnknown(const std::string& bytes, google::protobuf::Message* message) {
  if (bytes.empty()) return absl::OkStatus();
  auto* unknown = message->GetReflection()->MutableUnknownFields(message);
  if (unknown->ParseFromString(bytes)) return absl::OkStatus();
  return InvalidArgumentError("its unknown fields are no protocol buffer");
}

absl::Status CheckText(absl::string_view what, absl::string_view text) {
  if (IsUtf8(text)) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(what, " \"", Printable(text), "\" is no UTF-8"));
}

template <typename Repeated>
void AddDims(const Shape& shape, Repeated* dims) {
  for (const Dim& d : shape.dims()) *dims->Add() = d.ToString();
}

void WriteType(const ValueType& type, proto::ValueType* out) {
  out->set_dtype(static_cast<proto::DType>(type.dtype));
  AddDims(type.shape, out->mutable_dims());
}

// One overload per kind of attribute.
void SetValue(bool v, proto::Attribute* out) { out->set_b(v); }
void SetValue(int64_t v, proto::Attribute* out) { out->set_i(v); }
void SetValue(double v, proto::Attribute* out) { out->set_f(v); }
void SetValue(const std::string& v, proto::Attribute* out) { out->set_s(v); }
void SetValue(DType v, proto::Attribute* out) { out->set_dtype(static_cast<proto::DType>(v)); }
void SetValue(const Shape& v, proto::Attribute* out) {
  AddDims(v, out->mutable_shape()->mutable_dims());
}
void SetValue(const std::vector<int64_t>& v, proto::Attribute* out) {
  out->mutable_ints()->mutable_values()->Add(v.begin(), v.end());
}
void SetValue(const std::vector<double>& v, proto::Attribute* out) {
  out->mutable_floats()->mutable_values()->Add(v.begin(), v.end());
}
void SetValue(const std::vector<std::string>& v, proto::Attribute* out) {
  auto* values = out->mutable_strings();
  for (const std::string& s : v) values->add_values(s);
}
void SetValue(const Tensor& v, proto::Attribute* out) { ToProto(v, out->mutable_tensor()); }
void SetValue(const BodyPtr&, proto::Attribute*) {}  // FunctionWriter::WriteBody

absl::Status CheckAttribute(const Attribute& value) {
  if (const auto* s = value.get_if<std::string>()) return CheckText("", *s);
  if (const auto* t = value.get_if<Tensor>(); t != nullptr && !t->defined()) {
    return InvalidArgumentError("is an undefined tensor");
  }
  if (const auto* body = value.get_if<BodyPtr>(); body != nullptr && *body == nullptr)
    return InvalidArgumentError("is no function");
  if (const auto* all = value.get_if<std::vector<std::string>>()) {
    for (const std::string& s : *all) DAGRAD_RETURN_IF_ERROR(CheckText("", s));
  }
  return absl::OkStatus();
}

// The bodies that several attributes of a model have, and what they are called in its file.
class SharedBodies {
 public:
  SharedBodies() = default;
  explicit SharedBodies(const Model& model) {
    for (const Function& f : model.functions) Count(f);
    std::erase_if(order_, [&](const Body* body) { return uses_[body] < 2; });
    HashSet<std::string> keys;
    for (const Body* body : order_) {
      std::string key = KeyBase(*body);
      for (int i = 2; !keys.insert(key).second; ++i) key = absl::StrCat(KeyBase(*body), "_", i);
      keys_[body] = key;
    }
  }

  // Each behind those that it has.
  const std::vector<const Body*>& order() const { return order_; }
  // Empty for one that is not shared.
  std::string KeyOf(const Body* body) const {
    const auto it = keys_.find(body);
    return it == keys_.end() ? "" : it->second;
  }

 private:
  // Recurses as deep as bodies nest.
  void Count(const Function& f) {  // NOLINT(misc-no-recursion)
    for (const Node& node : f.nodes) {
      for (const NamedBody& b : BodiesOf(node)) {
        if (++uses_[b.body.get()] > 1) continue;
        Count(b.body->function());
        order_.push_back(b.body.get());
      }
    }
  }
  static std::string KeyBase(const Body& body) {
    constexpr size_t kSuffix = 16;
    return body.name().size() + kSuffix > kMaxNameBytes ? "function" : body.name();
  }

  HashMap<const Body*, int> uses_;
  HashMap<const Body*, std::string> keys_;
  std::vector<const Body*> order_;
};

class FunctionWriter {
 public:
  FunctionWriter(const Function& f, const SharedBodies& shared, proto::Function* out)
      : f_(f), shared_(shared), out_(*out) {}

  absl::Status Run() {
    DAGRAD_RETURN_IF_ERROR(CheckText("name", f_.name));
    out_.set_name(f_.name);
    out_.mutable_nodes()->Reserve(static_cast<int>(f_.nodes.size()));
    for (const Node& node : f_.nodes) {
      if (absl::Status s = AddNode(node); !s.ok()) return Prefixed(Describe(node), s);
    }
    for (NodeId id : f_.inputs) {
      DAGRAD_RETURN_IF_ERROR(CheckRef({id, 0}));
      out_.add_inputs(f_.nodes[id].name);
    }
    DAGRAD_RETURN_IF_ERROR(AddResults());
    return RestoreUnknown(f_.unknown_fields, &out_);
  }

 private:
  absl::Status CheckRef(ValueRef v) const {
    if (v.node >= 0 && static_cast<size_t>(v.node) < f_.nodes.size() && v.port >= 0)
      return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("refers to node ", v.node, " of ", f_.nodes.size()));
  }

  // "node" or "node:port". A name with a colon always has its port, so that reading is unambiguous.
  std::string RefText(ValueRef v) const {
    const std::string& name = f_.nodes[v.node].name;
    return v.port == 0 && name.find(':') == name.npos ? name : absl::StrCat(name, ":", v.port);
  }

  absl::Status AddNode(const Node& node) {
    if (node.op == nullptr) return InvalidArgumentError("has no op");
    DAGRAD_RETURN_IF_ERROR(CheckText("name", node.name));
    DAGRAD_RETURN_IF_ERROR(CheckText("source file", node.source_file));
    proto::Node& out = *out_.add_nodes();
    out.set_name(node.name);
    out.set_op(std::string(node.op->name));
    out.set_op_version(node.op->version);
    for (const ValueRef& v : node.inputs) {
      DAGRAD_RETURN_IF_ERROR(CheckRef(v));
      out.add_inputs(RefText(v));
    }
    for (const AttrMap::Entry& e : node.attrs.entries())
      DAGRAD_RETURN_IF_ERROR(AddAttribute(e, &out));
    for (const ValueType& type : node.outputs) WriteType(type, out.add_outputs());
    out.set_source_file(node.source_file);
    out.set_source_line(node.source_line);
    if (node.gradient_of >= 0) {
      DAGRAD_RETURN_IF_ERROR(CheckRef({node.gradient_of, 0}));
      out.set_gradient_of(f_.nodes[node.gradient_of].name);
    }
    return RestoreUnknown(node.unknown_fields, &out);
  }

  absl::Status AddAttribute(const AttrMap::Entry& entry, proto::Node* node) const {
    if (absl::Status s = CheckAttribute(entry.value); !s.ok()) {
      return MakeStatus(s.code(),
                        absl::StrCat("attribute \"", Printable(entry.name), "\"", s.message()));
    }
    proto::Attribute& out = *node->add_attributes();
    out.set_name(entry.name);
    std::visit([&](const auto& v) { SetValue(v, &out); }, entry.value.value());
    if (const auto* body = entry.value.get_if<BodyPtr>()) {
      DAGRAD_RETURN_IF_ERROR(Prefixed(absl::StrCat("attribute \"", Printable(entry.name), "\""),
                                      WriteBody(**body, &out)));
    }
    return RestoreUnknown(entry.unknown_fields, &out);
  }

  // Recurses as deep as bodies nest.
  absl::Status WriteBody(const Body& body,  // NOLINT(misc-no-recursion)
                         proto::Attribute* out) const {
    const std::string key = shared_.KeyOf(&body);
    if (key.empty()) return FunctionWriter(body.function(), shared_, out->mutable_function()).Run();
    out->set_shared_function(key);
    return absl::OkStatus();
  }

  absl::Status AddResults() {
    for (const Function::Output& o : f_.outputs) {
      DAGRAD_RETURN_IF_ERROR(CheckText("output", o.name));
      DAGRAD_RETURN_IF_ERROR(CheckRef(o.value));
      proto::Output& out = *out_.add_outputs();
      out.set_name(o.name);
      out.set_value(RefText(o.value));
      DAGRAD_RETURN_IF_ERROR(RestoreUnknown(o.unknown_fields, &out));
    }
    for (const Function::Update& u : f_.updates) {
      DAGRAD_RETURN_IF_ERROR(CheckText("updated state", u.state));
      DAGRAD_RETURN_IF_ERROR(CheckRef(u.value));
      proto::Update& out = *out_.add_updates();
      out.set_state(u.state);
      out.set_value(RefText(u.value));
      DAGRAD_RETURN_IF_ERROR(RestoreUnknown(u.unknown_fields, &out));
    }
    return absl::OkStatus();
  }

  const Function& f_;
  const SharedBodies& shared_;
  proto::Function& out_;
};

absl::Status WriteFunction(const Function& function, const SharedBodies& shared,
                           proto::Function* out) {
  return Prefixed(Printable(function.name), FunctionWriter(function, shared, out).Run());
}

bool HasBodies(const Model& model) {
  return std::any_of(model.functions.begin(), model.functions.end(),
                     [](const Function& f) { return NodesInBodies(f) > 0; });
}

}  // namespace

void ToProto(const Tensor& tensor, proto::Tensor* out) {
  out->set_dtype(static_cast<proto::DType>(tensor.dtype()));
  for (int64_t d : tensor.dims()) out->add_dims(d);
  if (tensor.dtype() == DType::kString) {
    for (absl::string_view s : tensor.data<absl::string_view>())
      out->add_strings(s.data(), s.size());
  } else if (tensor.byte_size() > 0) {
    out->set_data(tensor.bytes(), tensor.byte_size());
  }
}

absl::Status ToProto(const Function& function, proto::Function* out) {
  out->Clear();
  return WriteFunction(function, {}, out);
}

absl::Status ToProto(const Model& model, proto::Model* out) {
  out->Clear();
  DAGRAD_RETURN_IF_ERROR(CheckText("model name", model.name));
  out->set_format_version(kFormatVersion);
  out->set_producer(std::string(Producer()));
  out->set_name(model.name);
  for (const StateDecl& s : model.states) {
    DAGRAD_RETURN_IF_ERROR(CheckText("state", s.name));
    proto::State& state = *out->add_states();
    state.set_name(s.name);
    WriteType(s.type, state.mutable_type());
    state.set_trainable(s.trainable);
    DAGRAD_RETURN_IF_ERROR(RestoreUnknown(s.unknown_fields, &state));
  }
  if (HasBodies(model)) out->add_required_features(kFunctionsFeature);
  const SharedBodies shared(model);
  for (const Body* body : shared.order()) {
    proto::SharedFunction& f = *out->add_shared_functions();
    f.set_key(shared.KeyOf(body));
    DAGRAD_RETURN_IF_ERROR(WriteFunction(body->function(), shared, f.mutable_function()));
  }
  for (const Function& f : model.functions)
    DAGRAD_RETURN_IF_ERROR(WriteFunction(f, shared, out->add_functions()));
  for (const auto& [key, value] : model.metadata) {
    DAGRAD_RETURN_IF_ERROR(CheckText("metadata key", key));
    DAGRAD_RETURN_IF_ERROR(CheckText(absl::StrCat("metadata of \"", key, "\""), value));
    (*out->mutable_metadata())[key] = value;
  }
  return RestoreUnknown(model.unknown_fields, out);
}

}  // namespace dagrad

// Protocol buffers to graphs (serialize.h).
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/error_list.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/proto_values.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/topological_order.h"
#include "dagrad/graph/validate.h"

namespace dagrad {
namespace {

using serialize_internal::ReadAttribute;
using serialize_internal::ReadType;
using serialize_internal::UnknownOf;

constexpr size_t kMaxErrors = 100;

// The version of the node's op; an error unless `op` is of that version or can upgrade it.
absl::StatusOr<int> ReadVersion(const proto::Node& in, const OpDef& op) {
  const int version = in.op_version() == 0 ? 1 : in.op_version();
  if (version == op.version || (version >= 1 && version < op.version && op.upgrade != nullptr))
    return version;
  return UnimplementedError(absl::StrCat("version ", version, " of op ", op.name,
                                         version > op.version ? " is newer than" : " is not",
                                         " version ", op.version, ", which ", Producer(), " has"));
}

// What the functions of one model are read with.
struct Reading {
  const OpLookup& find_op;
  HashMap<absl::string_view, BodyPtr> shared = {};  // by key, those read so far
};

// A function within `depth` others.
absl::StatusOr<BodyPtr> ReadBody(const proto::Function& in, const Reading& reading, int depth);

absl::StatusOr<Attribute> ReadAnyAttribute(const proto::Attribute& in, const Reading& reading,
                                           int depth) {
  if (in.has_function()) {
    DAGRAD_ASSIGN_OR_RETURN(BodyPtr body, ReadBody(in.function(), reading, depth + 1));
    return Attribute(std::move(body));
  }
  if (in.value_case() != proto::Attribute::kSharedFunction) return ReadAttribute(in);
  const auto it = reading.shared.find(in.shared_function());
  if (it != reading.shared.end()) return Attribute(it->second);
  return NotFoundError(absl::StrCat("no shared function before this place has the key \"",
                                    Printable(in.shared_function()), "\""));
}

// Also upgrades them, if the file's op is of an older version.
absl::Status ReadAttributes(const proto::Node& in, const OpDef& op, const Reading& reading,
                            int depth, AttrMap* attrs) {
  DAGRAD_ASSIGN_OR_RETURN(const int version, ReadVersion(in, op));
  for (const proto::Attribute& a : in.attributes()) {
    const std::string where = absl::StrCat("attribute \"", Printable(a.name()), "\"");
    if (attrs->Find(a.name()) != nullptr)
      return AlreadyExistsError(absl::StrCat(where, " is given twice"));
    absl::StatusOr<Attribute> value = ReadAnyAttribute(a, reading, depth);
    if (!value.ok()) return Prefixed(where, value.status());
    attrs->Set(a.name(), *std::move(value));
    if (std::string unknown = UnknownOf(a); !unknown.empty())
      attrs->FindEntry(a.name())->unknown_fields = unknown;
  }
  if (version < op.version) {
    absl::Status s = op.upgrade(version, attrs);
    if (!s.ok()) return Prefixed(absl::StrCat("version ", version, " of op ", op.name), s);
  }
  for (const AttrSpec& spec : op.attrs) {
    if (spec.default_value.has_value() && attrs->Find(spec.name) == nullptr)
      attrs->Set(spec.name, *spec.default_value);
  }
  return absl::OkStatus();
}

absl::StatusOr<const OpDef*> ReadOp(const proto::Node& in, const OpLookup& find_op) {
  const OpDef* op = find_op(in.op());
  if (op != nullptr) return op;
  return UnimplementedError(absl::StrCat("op \"", Printable(in.op()),
                                         "\" is unknown to this version (", Producer(), ")"));
}

// "dense/MatMul (MatMul, train.cc:41)", as Describe() of the node that it will be.
std::string DescribeProto(const proto::Node& in) {
  std::string text = absl::StrCat(Printable(in.name()), " (", Printable(in.op()));
  if (in.source_line() > 0) {
    absl::string_view file = in.source_file();
    absl::StrAppend(&text, ", ", Printable(file.substr(file.rfind('/') + 1)), ":",
                    in.source_line());
  }
  return text + ")";
}

class FunctionReader {
 public:
  FunctionReader(const proto::Function& in, const Reading& reading, int depth, ErrorList* errors)
      : in_(in), reading_(reading), depth_(depth), errors_(*errors), where_(Printable(in.name())) {}

  Function Read() {
    Function f;
    const size_t before = errors_.size();
    f.name = in_.name();
    f.unknown_fields = UnknownOf(in_);
    using Stage = void (FunctionReader::*)(Function*);
    for (Stage stage :
         {&FunctionReader::IndexNames, &FunctionReader::ResolveInputs, &FunctionReader::Order,
          &FunctionReader::ReadNodes, &FunctionReader::ReadSignature}) {
      (this->*stage)(&f);
      if (errors_.size() != before || errors_.full()) break;  // each stage relies on the one before
    }
    return f;
  }

 private:
  std::string At(const proto::Node& node) const {
    return absl::StrCat(where_, ": ", DescribeProto(node));
  }

  void IndexNames(Function*) {
    index_.reserve(in_.nodes_size());
    for (int i = 0; i < in_.nodes_size(); ++i) {
      const proto::Node& node = in_.nodes(i);
      absl::Status s = ValidateName("node name", node.name());
      if (s.ok() && !index_.emplace(node.name(), i).second) {
        s = AlreadyExistsError("a second node of this name");
      }
      if (!s.ok()) errors_.Add(At(node), s);
    }
  }

  // The node and port that "node" or "node:port" names, by the order of the file.
  absl::StatusOr<ValueRef> Resolve(absl::string_view text) const {
    absl::string_view name = text;
    int32_t port = 0;
    if (const size_t colon = text.rfind(':'); colon != text.npos) {
      name = text.substr(0, colon);
      const absl::string_view digits = text.substr(colon + 1);
      if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos ||
          !absl::SimpleAtoi(digits, &port)) {
        return InvalidArgumentError(
            absl::StrCat("\"", Printable(text), "\": after the colon stands no port"));
      }
    }
    auto it = index_.find(name);
    if (it == index_.end()) {
      return NotFoundError(
          absl::StrCat("\"", Printable(text), "\": there is no node \"", Printable(name), "\""));
    }
    return ValueRef{it->second, port};
  }

  void ResolveInputs(Function*) {
    starts_.reserve(in_.nodes_size() + 1);
    for (const proto::Node& node : in_.nodes()) {
      starts_.push_back(refs_.size());
      for (int k = 0; k < node.inputs_size(); ++k) {
        absl::StatusOr<ValueRef> ref = Resolve(node.inputs(k));
        if (ref.ok()) {
          refs_.push_back(*ref);
        } else {
          errors_.Add(absl::StrCat(At(node), ": input ", k), ref.status());
        }
      }
    }
    starts_.push_back(refs_.size());
  }

  void Order(Function*) {
    std::vector<NodeId> cycle;
    order_ = TopologicalOrder(starts_, refs_, &cycle);
    if (cycle.empty()) return;
    std::string text;
    for (size_t i = 0; i < cycle.size() && i < 8; ++i)
      absl::StrAppend(&text, DescribeProto(in_.nodes(cycle[i])), " -> ");
    if (cycle.size() > 8) absl::StrAppend(&text, "… (", cycle.size(), " nodes) -> ");
    errors_.Add(where_, InvalidArgumentError(absl::StrCat("nodes form a cycle: ", text,
                                                          Printable(in_.nodes(cycle[0]).name()))));
  }

  void ReadNodes(Function* f) {
    new_id_.resize(in_.nodes_size());
    for (size_t i = 0; i < order_.size(); ++i) new_id_[order_[i]] = static_cast<NodeId>(i);
    f->nodes.resize(order_.size());
    for (size_t i = 0; i < order_.size() && !errors_.full(); ++i) {
      const proto::Node& in = in_.nodes(order_[i]);
      if (absl::Status s = ReadNode(order_[i], in, f, &f->nodes[i]); !s.ok())
        errors_.Add(At(in), s);
    }
  }

  absl::Status ReadNode(NodeId file_id, const proto::Node& in, const Function* f, Node* node) {
    node->name = in.name();
    node->source_file = in.source_file();
    node->source_line = in.source_line();
    node->unknown_fields = UnknownOf(in);
    DAGRAD_ASSIGN_OR_RETURN(node->op, ReadOp(in, reading_.find_op));
    for (size_t k = starts_[file_id]; k < starts_[file_id + 1]; ++k) {
      node->inputs.push_back({new_id_[refs_[k].node], refs_[k].port});
    }
    DAGRAD_RETURN_IF_ERROR(ReadAttributes(in, *node->op, reading_, depth_, &node->attrs));
    DAGRAD_RETURN_IF_ERROR(ReadGradientOf(in, node));
    for (int i = 0; i < in.outputs_size(); ++i) {
      absl::StatusOr<ValueType> type = ReadType(in.outputs(i));
      if (!type.ok()) return Prefixed(absl::StrCat("output ", i), type.status());
      node->outputs.push_back(*std::move(type));
    }
    if (in.outputs_size() == 0) return InferOutputs(*f, node);
    return absl::OkStatus();
  }

  absl::Status ReadGradientOf(const proto::Node& in, Node* node) const {
    if (in.gradient_of().empty()) return absl::OkStatus();
    auto it = index_.find(in.gradient_of());
    if (it == index_.end()) {
      return NotFoundError(
          absl::StrCat("gradient_of: there is no node \"", Printable(in.gradient_of()), "\""));
    }
    node->gradient_of = new_id_[it->second];
    return absl::OkStatus();
  }

  // For files that leave the types out.
  static absl::Status InferOutputs(const Function& f, Node* node) {
    std::vector<ValueType> types;
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      const ValueRef& ref = node->inputs[i];
      const Node& from = f.nodes[ref.node];
      if (from.outputs.empty()) return absl::OkStatus();  // its own error has been reported
      if (static_cast<size_t>(ref.port) >= from.outputs.size()) {
        return OutOfRangeError(absl::StrCat("input ", i, " is port ", ref.port, " of ",
                                            Describe(from), ", which has ", from.outputs.size()));
      }
      types.push_back(f.type(ref));
    }
    DAGRAD_ASSIGN_OR_RETURN(node->outputs, InferOp(*node->op, types, &node->attrs));
    return absl::OkStatus();
  }

  absl::StatusOr<ValueRef> ResolveNew(absl::string_view text) const {
    DAGRAD_ASSIGN_OR_RETURN(ValueRef ref, Resolve(text));
    return ValueRef{new_id_[ref.node], ref.port};
  }

  void ReadSignature(Function* f) {
    for (const std::string& name : in_.inputs()) {
      auto it = index_.find(name);
      if (it != index_.end()) {
        f->inputs.push_back(new_id_[it->second]);
      } else {
        errors_.Add(where_, NotFoundError(absl::StrCat("input \"", Printable(name),
                                                       "\": there is no such node")));
      }
    }
    for (size_t i = 0; i < f->nodes.size(); ++i) {
      if (f->nodes[i].op == &StateOp()) f->states.push_back(static_cast<NodeId>(i));
    }
    for (const proto::Output& o : in_.outputs()) {
      absl::StatusOr<ValueRef> ref = ResolveNew(o.value());
      if (!ref.ok())
        errors_.Add(absl::StrCat(where_, ": output \"", Printable(o.name()), "\""), ref.status());
      f->outputs.push_back({o.name(), ref.value_or(ValueRef{}), UnknownOf(o)});
    }
    for (const proto::Update& u : in_.updates()) {
      absl::StatusOr<ValueRef> ref = ResolveNew(u.value());
      if (!ref.ok())
        errors_.Add(absl::StrCat(where_, ": update of \"", Printable(u.state()), "\""),
                    ref.status());
      f->updates.push_back({u.state(), ref.value_or(ValueRef{}), UnknownOf(u)});
    }
  }

  const proto::Function& in_;
  const Reading& reading_;
  const int depth_;  // of functions around it
  ErrorList& errors_;
  std::string where_;
  HashMap<absl::string_view, NodeId> index_;  // name → number in the file
  std::vector<size_t> starts_;                // of each node's inputs in refs_, and the end
  std::vector<ValueRef> refs_;                // by numbers in the file
  std::vector<NodeId> order_;                 // numbers in the file, in topological order
  std::vector<NodeId> new_id_;                // number in the file → NodeId
};

// Recurses no deeper than kMaxBodyDepth.
absl::StatusOr<BodyPtr> ReadBody(const proto::Function& in,  // NOLINT(misc-no-recursion)
                                 const Reading& reading, int depth) {
  if (depth > kMaxBodyDepth) return serialize_internal::TooDeep();
  std::vector<absl::Status> errors;
  ErrorList list(1, &errors);
  Function function = FunctionReader(in, reading, depth, &list).Read();
  if (!errors.empty()) return errors[0];
  return Body::Make(std::move(function));
}

void ReadSharedFunctions(const proto::Model& in, Reading* reading, ErrorList* errors) {
  for (const proto::SharedFunction& f : in.shared_functions()) {
    const std::string where = absl::StrCat("shared function \"", Printable(f.key()), "\"");
    absl::Status s = ValidateName("key", f.key());
    if (s.ok() && reading->shared.contains(f.key())) s = AlreadyExistsError("is given twice");
    if (s.ok()) {
      absl::StatusOr<BodyPtr> body = ReadBody(f.function(), *reading, 1);
      s = body.status();
      if (s.ok()) reading->shared.emplace(f.key(), *std::move(body));
    }
    errors->Add(where, s);
    if (errors->full()) return;
  }
}

absl::Status CheckVersion(const proto::Model& in) {
  if (in.format_version() < 1) {
    return UnimplementedError(
        absl::StrCat("format version ", in.format_version(), " is none: this is no dagrad model"));
  }
  for (const std::string& feature : in.required_features()) {
    if (feature == kFunctionsFeature) continue;
    return UnimplementedError(absl::StrCat(
        "the file, of format version ", in.format_version(), " by ", Printable(in.producer()),
        ", needs the feature \"", Printable(feature), "\", which ", Producer(), " lacks"));
  }
  if (in.format_version() > kFormatVersion) {
    return UnimplementedError(absl::StrCat("the file is of format version ", in.format_version(),
                                           ", by ", Printable(in.producer()), "; ", Producer(),
                                           " reads versions up to ", kFormatVersion));
  }
  return absl::OkStatus();
}

void ReadStates(const proto::Model& in, Model* model, ErrorList* errors) {
  for (const proto::State& s : in.states()) {
    absl::StatusOr<ValueType> type = ReadType(s.type());
    if (!type.ok()) errors->Add(absl::StrCat("state \"", Printable(s.name()), "\""), type.status());
    model->states.push_back(
        {s.name(), type.ok() ? *std::move(type) : ValueType(), s.trainable(), UnknownOf(s)});
  }
}

// What `errors` says, after `read` has added to it.
template <typename T, typename Read>
absl::StatusOr<T> Collect(std::vector<absl::Status>* errors, Read read) {
  std::vector<absl::Status> own;
  ErrorList list(errors == nullptr ? 1 : kMaxErrors, errors == nullptr ? &own : errors);
  const size_t before = list.size();
  T result;
  if (!list.full()) read(&result, &list);
  if (list.size() > before) return (*list.list())[before];
  return result;
}

}  // namespace

absl::StatusOr<Function> FromProto(const proto::Function& in, const OpLookup& find_op,
                                   std::vector<absl::Status>* errors) {
  return Collect<Function>(errors, [&](Function* f, ErrorList* list) {
    *f = FunctionReader(in, {find_op}, 0, list).Read();
    if (list->size() == 0) ValidateFunction(*f, list->limit(), list->list());
  });
}

absl::StatusOr<Model> FromProto(const proto::Model& in, const OpLookup& find_op,
                                std::vector<absl::Status>* errors) {
  return Collect<Model>(errors, [&](Model* model, ErrorList* list) {
    list->Add("", CheckVersion(in));
    if (list->size() > 0) return;
    model->name = in.name();
    model->unknown_fields = UnknownOf(in);
    model->metadata.insert(in.metadata().begin(), in.metadata().end());
    ReadStates(in, model, list);
    Reading reading{find_op};
    ReadSharedFunctions(in, &reading, list);
    for (const proto::Function& f : in.functions()) {
      if (list->full()) return;
      model->functions.push_back(FunctionReader(f, reading, 0, list).Read());
    }
    if (list->size() == 0) ValidateModel(*model, list->limit(), list->list());
  });
}

}  // namespace dagrad

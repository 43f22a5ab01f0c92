#include "dagrad/graph/validate.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/data_dims.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/error_list.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/op.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad {
namespace {

class FunctionValidator {
 public:
  FunctionValidator(const Function& f, ErrorList* errors)
      : f_(f), errors_(*errors), where_(Printable(f.name)) {}

  void Run() {
    if (errors_.full() || !CheckReferences() || !CheckAllTypes())
      return;  // what follows relies on them
    CheckBodies();
    errors_.Add(where_, CheckDataDims(f_));
    CheckPlaceholders(InputOp(), f_.inputs, "inputs");
    CheckPlaceholders(StateOp(), f_.states, "states");
    CheckOutputs();
    CheckUpdates();
  }

 private:
  std::string At(const Node& node) const { return absl::StrCat(where_, ": ", Describe(node)); }

  // Names and indices. True if every reference can be followed.
  bool CheckReferences() {
    bool sound = true;
    auto check = [&](absl::string_view where, const absl::Status& status) {
      sound = sound && status.ok();
      errors_.Add(where, status);
    };
    for (size_t i = 0; i < f_.nodes.size() && !errors_.full(); ++i) {
      const Node& node = f_.nodes[i];
      if (absl::Status s = CheckNode(static_cast<NodeId>(i)); !s.ok()) check(At(node), s);
    }
    for (const Function::Output& o : f_.outputs) {
      check(absl::StrCat(where_, ": output \"", Printable(o.name), "\""),
            CheckReference(o.value, f_.nodes.size()));
    }
    for (const Function::Update& u : f_.updates) {
      check(absl::StrCat(where_, ": update of \"", Printable(u.state), "\""),
            CheckReference(u.value, f_.nodes.size()));
    }
    return sound;
  }

  absl::Status CheckNode(NodeId id) {
    const Node& node = f_.nodes[id];
    DAGRAD_RETURN_IF_ERROR(ValidateName("node name", node.name));
    if (!names_.emplace(node.name, id).second)
      return AlreadyExistsError("a second node of this name");
    if (node.op == nullptr) return InvalidArgumentError("has no op");
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      absl::Status s = CheckReference(node.inputs[i], id);
      if (!s.ok()) return MakeStatus(s.code(), absl::StrCat("input ", i, " ", s.message()));
    }
    if (node.gradient_of < -1 || node.gradient_of >= static_cast<int64_t>(f_.nodes.size()) ||
        node.gradient_of == id) {
      return OutOfRangeError(
          absl::StrCat("gradient_of is node ", node.gradient_of, ", which cannot be"));
    }
    return absl::OkStatus();
  }

  // A body has been checked when it was made (body.h).
  void CheckBodies() {
    if (NodesInBodies(f_) <= kMaxBodyNodes) return;
    errors_.Add(where_,
                ResourceExhaustedError(absl::StrCat("the bodies of its nodes have more than ",
                                                    kMaxBodyNodes, " nodes together")));
  }

  bool CheckAllTypes() {
    bool sound = true;
    for (const Node& node : f_.nodes) {
      absl::Status s = CheckTypes(node);
      if (s.ok()) continue;
      sound = false;
      errors_.Add(At(node), s);
      if (errors_.full()) break;
    }
    return sound;
  }

  // `ref` must be an output of one of the first `count` nodes.
  absl::Status CheckReference(ValueRef ref, size_t count) const {
    if (ref.node < 0 || static_cast<size_t>(ref.node) >= f_.nodes.size()) {
      return OutOfRangeError(
          absl::StrCat("is a value of node ", ref.node, " of ", f_.nodes.size()));
    }
    const Node& node = f_.nodes[ref.node];
    if (static_cast<size_t>(ref.node) >= count) {
      return InvalidArgumentError(
          absl::StrCat("comes from ", Describe(node),
                       ", which does not stand before it: nodes are not in order"));
    }
    if (ref.port < 0 || static_cast<size_t>(ref.port) >= node.outputs.size()) {
      return OutOfRangeError(absl::StrCat("is port ", ref.port, " of ", Describe(node),
                                          ", which has ", node.outputs.size(),
                                          node.outputs.size() == 1 ? " output" : " outputs"));
    }
    return absl::OkStatus();
  }

  absl::Status CheckTypes(const Node& node) const {
    std::vector<ValueType> inputs;
    inputs.reserve(node.inputs.size());
    for (const ValueRef& ref : node.inputs) inputs.push_back(f_.type(ref));
    AttrMap attrs = node.attrs;
    DAGRAD_ASSIGN_OR_RETURN(std::vector<ValueType> outputs, InferOp(*node.op, inputs, &attrs));
    if (attrs.size() != node.attrs.size()) {
      return InvalidArgumentError(absl::StrCat("has not all of its attributes: {",
                                               node.attrs.ToString(), "} of {", attrs.ToString(),
                                               "}"));
    }
    if (outputs.size() != node.outputs.size()) {
      return InvalidArgumentError(absl::StrCat("has ", outputs.size(),
                                               " outputs by its inputs and ", node.outputs.size(),
                                               " as declared"));
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] == node.outputs[i]) continue;
      return InvalidArgumentError(absl::StrCat("output ", i, " is ", outputs[i].ToString(),
                                               " by its inputs and ", node.outputs[i].ToString(),
                                               " as declared"));
    }
    return absl::OkStatus();
  }

  // `listed` are the nodes of `op`, each once.
  void CheckPlaceholders(const OpDef& op, const std::vector<NodeId>& listed,
                         absl::string_view list) {
    HashSet<NodeId> seen;
    for (NodeId id : listed) {
      if (id < 0 || static_cast<size_t>(id) >= f_.nodes.size()) {
        errors_.Add(where_, OutOfRangeError(absl::StrCat("its ", list, " list node ", id, " of ",
                                                         f_.nodes.size())));
      } else if (f_.nodes[id].op != &op) {
        errors_.Add(where_, InvalidArgumentError(absl::StrCat("its ", list, " list ",
                                                              Describe(f_.nodes[id]),
                                                              ", which is no ", op.name)));
      } else if (!seen.insert(id).second) {
        errors_.Add(where_, AlreadyExistsError(absl::StrCat("its ", list, " list ",
                                                            Describe(f_.nodes[id]), " twice")));
      }
    }
    for (size_t i = 0; i < f_.nodes.size(); ++i) {
      if (f_.nodes[i].op == &op && !seen.contains(static_cast<NodeId>(i))) {
        errors_.Add(At(f_.nodes[i]),
                    InvalidArgumentError(absl::StrCat("is not among the function's ", list)));
      }
    }
  }

  void CheckOutputs() {
    HashSet<absl::string_view> seen;
    for (const Function::Output& o : f_.outputs) {
      errors_.Add(where_, ValidateName("output name", o.name));
      if (!seen.insert(o.name).second) {
        errors_.Add(where_, AlreadyExistsError(
                                absl::StrCat("two outputs are named \"", Printable(o.name), "\"")));
      }
    }
  }

  void CheckUpdates() {
    HashSet<absl::string_view> seen;
    for (const Function::Update& u : f_.updates) {
      errors_.Add(where_, ValidateName("name of an updated state", u.state));
      if (!seen.insert(u.state).second) {
        errors_.Add(where_, AlreadyExistsError(absl::StrCat("state \"", Printable(u.state),
                                                            "\" is updated twice")));
      }
      auto it = names_.find(u.state);
      if (it == names_.end() || f_.nodes[it->second].op != &StateOp()) continue;
      const ValueType& read = f_.nodes[it->second].outputs[0];
      if (!(read == f_.type(u.value))) {
        errors_.Add(where_, InvalidArgumentError(absl::StrCat(
                                "state \"", Printable(u.state), "\" is ", read.ToString(),
                                "; its new value, of ", Describe(f_.nodes[u.value.node]), ", is ",
                                f_.type(u.value).ToString())));
      }
    }
  }

  const Function& f_;
  ErrorList& errors_;
  std::string where_;
  HashMap<absl::string_view, NodeId> names_;
};

using Declared = HashMap<absl::string_view, const ValueType*>;

Declared CheckStates(const Model& model, ErrorList* errors) {
  Declared declared;
  for (const StateDecl& s : model.states) {
    const std::string where = absl::StrCat("state \"", Printable(s.name), "\"");
    errors->Add("", ValidateName("name of a state", s.name));
    if (!declared.emplace(s.name, &s.type).second)
      errors->Add(where, AlreadyExistsError("is declared twice"));
    if (!kAnyType.Contains(s.type.dtype))
      errors->Add(where, InvalidArgumentError("has no valid dtype"));
    errors->Add(where, s.type.shape.Validate());
    if (!s.type.shape.IsStatic()) {
      errors->Add(where, InvalidArgumentError(absl::StrCat("needs a shape of numbers, not ",
                                                           s.type.shape.ToString())));
    }
  }
  return declared;
}

void CheckUse(const Declared& declared, absl::string_view where, absl::string_view state,
              const ValueType& type, absl::string_view verb, ErrorList* errors) {
  const std::string place = absl::StrCat(where, ": state \"", Printable(state), "\"");
  auto it = declared.find(state);
  if (it == declared.end()) {
    errors->Add(place, NotFoundError(absl::StrCat("is ", verb, " but not declared in the model")));
  } else if (!(*it->second == type)) {
    errors->Add(place, InvalidArgumentError(absl::StrCat("is declared as ", it->second->ToString(),
                                                         " and ", verb, " as ", type.ToString())));
  }
}

void CheckUses(const Function& f, const Declared& declared, ErrorList* errors) {
  const std::string where = Printable(f.name);
  for (NodeId id : f.states)
    CheckUse(declared, where, f.nodes[id].name, f.nodes[id].outputs[0], "read", errors);
  for (const Function::Update& u : f.updates)
    CheckUse(declared, where, u.state, f.type(u.value), "updated", errors);
}

absl::Status First(std::vector<absl::Status> errors) {
  return errors.empty() ? absl::OkStatus() : std::move(errors[0]);
}

}  // namespace

void ValidateFunction(const Function& function, size_t limit, std::vector<absl::Status>* errors) {
  ErrorList list(limit, errors);
  FunctionValidator(function, &list).Run();
}

void ValidateModel(const Model& model, size_t limit, std::vector<absl::Status>* errors) {
  ErrorList list(limit, errors);
  const Declared declared = CheckStates(model, &list);
  HashSet<absl::string_view> names;
  for (const Function& f : model.functions) {
    if (list.full()) return;
    list.Add("", ValidateName("function name", f.name));
    if (!names.insert(f.name).second) {
      list.Add("", AlreadyExistsError(
                       absl::StrCat("two functions are named \"", Printable(f.name), "\"")));
    }
    const size_t before = errors->size();
    FunctionValidator(f, &list).Run();
    if (errors->size() == before && !list.full()) CheckUses(f, declared, &list);
  }
}

absl::Status ValidateFunction(const Function& function) try {
  std::vector<absl::Status> errors;
  ValidateFunction(function, 1, &errors);
  return First(std::move(errors));
}
DAGRAD_CATCH_NO_MEMORY

absl::Status ValidateModel(const Model& model) try {
  std::vector<absl::Status> errors;
  ValidateModel(model, 1, &errors);
  return First(std::move(errors));
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad

#include "dagrad/tests/fuzz/model_mutator.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/ops/table.h"
#include "dagrad/tests/fuzz/message_mutator.h"
#include "google/protobuf/descriptor.h"

namespace dagrad::tests {
namespace {

using google::protobuf::FieldDescriptor;

std::string SomeOp(Rng* rng) {
  const auto& all = ops::AllOps();
  return std::string(all[Below(all.size(), rng)]->name);
}

proto::DType SomeDType(Rng* rng) {
  static const std::vector<int> values = {0, 1, 2, 3, 4, 5, 6, 1, 2, 7, -1, 99, 2147483647};
  return static_cast<proto::DType>(Pick(values, rng));
}

void ChangeOneField(proto::Model* model, Rng* rng) {
  if (OneIn(20, rng)) {
    (*model->mutable_metadata())[OneIn(2, rng) ? "dagrad.weights" : HostileText(rng)] =
        HostileText(rng);
    return;
  }
  ChangeAnyField(
      model,
      [](const FieldDescriptor& field, Rng* r) {
        if (field.name() == "dims") return HostileDim(r);
        if (field.name() == "op") return SomeOp(r);
        return HostileText(r);
      },
      rng);
}

// ---- Changes that keep a model meaningful.

// A function in an attribute of one of the nodes; null if the one that is looked at has none.
proto::Function* SomeBody(proto::Function* f, Rng* rng) {
  proto::Node* n = PickMutable(f->mutable_nodes(), rng);
  for (proto::Attribute& a : *n->mutable_attributes()) {
    if (a.has_function() && OneIn(2, rng)) return a.mutable_function();
  }
  return nullptr;
}

proto::Function* SomeFunction(proto::Model* model, Rng* rng) {
  if (model->functions_size() == 0) return nullptr;
  proto::Function* f = PickMutable(model->mutable_functions(), rng);
  if (f->nodes_size() == 0) return nullptr;
  while (OneIn(2, rng)) {
    proto::Function* body = SomeBody(f, rng);
    if (body == nullptr || body->nodes_size() == 0) break;
    f = body;
  }
  return f;
}

// Types are inferred anew where a file leaves them out.
void ForgetTypes(proto::Function* f) {
  for (proto::Node& n : *f->mutable_nodes()) n.clear_outputs();
}

// The sizes that stand in types and shapes.
std::vector<std::string> SizesIn(const proto::Model& model) {
  std::set<std::string> sizes;
  for (const auto& s : model.states()) sizes.insert(s.type().dims().begin(), s.type().dims().end());
  for (const auto& f : model.functions()) {
    for (const auto& n : f.nodes()) {
      for (const auto& a : n.attributes())
        if (a.has_shape()) sizes.insert(a.shape().dims().begin(), a.shape().dims().end());
    }
  }
  return {sizes.begin(), sizes.end()};
}

// One size, wherever it stands, becomes another.
void ReplaceSize(proto::Model* model, Rng* rng) {
  const std::vector<std::string> sizes = SizesIn(*model);
  if (sizes.empty()) return;
  const std::string from = Pick(sizes, rng);
  static const std::vector<std::string> targets = {
      "0", "1", "2", "3", "5", "13", "31", "33", "65536", "batch", "4294967296", "1099511627776"};
  const std::string to = Pick(targets, rng);
  int64_t from_number = 0, to_number = 0;
  const bool in_ints =
      OneIn(2, rng) && absl::SimpleAtoi(from, &from_number) && absl::SimpleAtoi(to, &to_number);
  const auto replace = [&](auto* list) {
    for (std::string& s : *list) s = s == from ? to : s;
  };
  for (auto& s : *model->mutable_states()) replace(s.mutable_type()->mutable_dims());
  for (auto& f : *model->mutable_functions()) {
    ForgetTypes(&f);
    for (auto& n : *f.mutable_nodes()) {
      for (auto& a : *n.mutable_attributes()) {
        if (a.has_shape()) replace(a.mutable_shape()->mutable_dims());
        if (!in_ints || !a.has_ints()) continue;
        for (int64_t& v : *a.mutable_ints()->mutable_values()) v = v == from_number ? to_number : v;
      }
    }
  }
}

void Rewire(proto::Model* model, Rng* rng) {
  proto::Function* f = SomeFunction(model, rng);
  if (f == nullptr) return;
  ForgetTypes(f);
  proto::Node* n = PickMutable(f->mutable_nodes(), rng);
  std::string value = PickMutable(f->mutable_nodes(), rng)->name();
  if (OneIn(4, rng)) absl::StrAppend(&value, ":", OneIn(2, rng) ? Below(3, rng) : HostileInt(rng));
  if (n->inputs_size() == 0 || OneIn(6, rng)) {
    n->add_inputs(value);
  } else {
    *PickMutable(n->mutable_inputs(), rng) = value;
  }
}

void ExchangeOp(proto::Model* model, Rng* rng) {
  proto::Function* f = SomeFunction(model, rng);
  if (f == nullptr) return;
  ForgetTypes(f);
  proto::Node* n = PickMutable(f->mutable_nodes(), rng);
  n->set_op(SomeOp(rng));
  if (OneIn(2, rng)) n->clear_attributes();
}

template <typename List, typename Make>
void ChangeValues(List* list, Make make, Rng* rng) {
  if (list->empty() || OneIn(4, rng)) {
    *list->Add() = make();
  } else if (OneIn(4, rng)) {
    list->RemoveLast();
  } else {
    *PickMutable(list, rng) = make();
  }
}

void ChangeTensor(proto::Tensor* t, Rng* rng) {
  switch (Below(4, rng)) {
    case 0:
      if (t->dims_size() > 0) t->set_dims(IndexBelow(t->dims_size(), rng), HostileInt(rng));
      return;
    case 1:
      t->set_dtype(SomeDType(rng));
      return;
    case 2:
      if (!t->data().empty()) t->mutable_data()->pop_back();
      return;
    default:
      for (char& c : *t->mutable_data()) c = static_cast<char>((*rng)());
  }
}

// A small step from `value`, or any number.
int64_t Near(int64_t value, Rng* rng) {
  if (OneIn(2, rng)) return HostileInt(rng);
  return static_cast<int64_t>(static_cast<uint64_t>(value) + Below(7, rng) - 3);
}

void ChangeValue(proto::Attribute* a, Rng* rng) {
  switch (a->value_case()) {
    case proto::Attribute::kB:
      return a->set_b(!a->b());
    case proto::Attribute::kI:
      return a->set_i(Near(a->i(), rng));
    case proto::Attribute::kF:
      return a->set_f(HostileDouble(rng));
    case proto::Attribute::kS:
      return a->set_s(HostileText(rng));
    case proto::Attribute::kDtype:
      return a->set_dtype(SomeDType(rng));
    case proto::Attribute::kShape:
      return ChangeValues(
          a->mutable_shape()->mutable_dims(), [&] { return HostileDim(rng); }, rng);
    case proto::Attribute::kInts:
      return ChangeValues(
          a->mutable_ints()->mutable_values(), [&] { return Near(2, rng); }, rng);
    case proto::Attribute::kFloats:
      return ChangeValues(
          a->mutable_floats()->mutable_values(), [&] { return HostileDouble(rng); }, rng);
    case proto::Attribute::kStrings:
      return ChangeValues(
          a->mutable_strings()->mutable_values(), [&] { return HostileText(rng); }, rng);
    case proto::Attribute::kTensor:
      return ChangeTensor(a->mutable_tensor(), rng);
    case proto::Attribute::kFunction:
      return a->set_shared_function(HostileText(rng));
    case proto::Attribute::kSharedFunction:
      return a->set_shared_function(HostileText(rng));
    case proto::Attribute::VALUE_NOT_SET:
      return a->set_i(HostileInt(rng));
  }
}

void ChangeAttribute(proto::Model* model, Rng* rng) {
  proto::Function* f = SomeFunction(model, rng);
  if (f == nullptr) return;
  ForgetTypes(f);
  for (int tries = 0; tries < 20; ++tries) {
    proto::Node* n = PickMutable(f->mutable_nodes(), rng);
    if (n->attributes_size() > 0)
      return ChangeValue(PickMutable(n->mutable_attributes(), rng), rng);
  }
}

void ChangeResults(proto::Model* model, Rng* rng) {
  proto::Function* f = SomeFunction(model, rng);
  if (f == nullptr) return;
  const std::string value = PickMutable(f->mutable_nodes(), rng)->name();
  switch (Below(4, rng)) {
    case 0: {
      proto::Output* o = f->add_outputs();
      o->set_name(absl::StrCat("h", Below(1000, rng)));
      return o->set_value(value);
    }
    case 1:
      if (f->outputs_size() > 0) PickMutable(f->mutable_outputs(), rng)->set_value(value);
      return;
    case 2: {
      proto::Update* u = f->add_updates();
      u->set_state(model->states_size() > 0 ? PickMutable(model->mutable_states(), rng)->name()
                                            : "s");
      return u->set_value(value);
    }
    default:
      if (f->updates_size() > 0) PickMutable(f->mutable_updates(), rng)->set_value(value);
  }
}

}  // namespace

void MutateModel(proto::Model* model, Rng* rng) {
  const uint64_t changes = 1 + Below(OneIn(3, rng) ? 7 : 2, rng);
  for (uint64_t i = 0; i < changes; ++i) {
    switch (Below(10, rng)) {
      case 0:
      case 1:
        ChangeOneField(model, rng);
        break;
      case 2:
        ReplaceSize(model, rng);
        break;
      case 3:
      case 4:
        Rewire(model, rng);
        break;
      case 5:
        ExchangeOp(model, rng);
        break;
      case 6:
        ChangeResults(model, rng);
        break;
      default:
        ChangeAttribute(model, rng);
    }
  }
}

void CrossModels(const proto::Model& other, proto::Model* model, Rng* rng) {
  if (other.functions_size() == 0) return;
  const proto::Function& from = other.functions(IndexBelow(other.functions_size(), rng));
  proto::Function* to = SomeFunction(model, rng);
  if (to == nullptr || OneIn(4, rng)) {
    *model->add_functions() = from;
    return;
  }
  const int offset = to->nodes_size();
  for (const proto::Node& n : from.nodes()) {
    proto::Node* added = to->add_nodes();
    *added = n;
    added->set_name(absl::StrCat(n.name(), "_", offset));
    added->clear_outputs();
    for (std::string& input : *added->mutable_inputs()) absl::StrAppend(&input, "_", offset);
  }
  for (const std::string& input : from.inputs()) to->add_inputs(absl::StrCat(input, "_", offset));
  for (const proto::State& s : other.states()) *model->add_states() = s;
}

}  // namespace dagrad::tests

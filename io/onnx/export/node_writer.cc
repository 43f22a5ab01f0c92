#include "dagrad/io/onnx/export/node_writer.h"

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/tensors.h"

namespace dagrad::onnx {
namespace {

// onnx::AttributeProto::AttributeType by the place in NodeAttribute::Value.
constexpr int32_t kTypes[] = {2, 1, 3, 7, 4, 5};

void Set(const NodeAttribute& from, proto::Attribute* to) {
  to->set_name(std::string(from.name));
  to->set_type(kTypes[from.value.index()]);
  struct Visitor {
    proto::Attribute* to;
    void operator()(int64_t v) const { to->set_i(v); }
    void operator()(double v) const { to->set_f(static_cast<float>(v)); }
    void operator()(const std::string& v) const { to->set_s(v); }
    void operator()(const std::vector<int64_t>& v) const {
      to->mutable_ints()->Add(v.begin(), v.end());
    }
    void operator()(const Tensor& v) const { ToProto(v, to->mutable_t()); }
    void operator()(const proto::Graph& v) const { *to->mutable_g() = v; }
  };
  std::visit(Visitor{to}, from.value);
}

}  // namespace

std::string NameSet::Unique(absl::string_view base) {
  if (!base.empty() && Take(base)) return std::string(base);
  int& next = next_[std::string(base)];
  std::string name;
  do {
    name = absl::StrCat(base, "_", ++next);
  } while (!Take(name));
  return name;
}

void ToProto(const Tensor& tensor, proto::Tensor* out) {
  out->set_data_type(DataTypeOf(tensor.dtype()));
  out->mutable_dims()->Add(tensor.dims().begin(), tensor.dims().end());
  if (tensor.dtype() != DType::kString)
    return out->set_raw_data(tensor.bytes(), tensor.byte_size());
  for (absl::string_view s : tensor.data<absl::string_view>())
    out->add_string_data(s.data(), s.size());
}

std::vector<std::string> NodeWriter::Add(absl::string_view op, std::vector<std::string> inputs,
                                         const NodeAttributes& attributes, int outputs) {
  while (!inputs.empty() && inputs.back().empty()) inputs.pop_back();
  proto::Node* node = nodes_->Add();
  node->set_op_type(std::string(op));
  for (std::string& input : inputs) node->add_input(std::move(input));
  for (const NodeAttribute& attribute : attributes) Set(attribute, node->add_attribute());
  std::vector<std::string> names;
  for (int i = 0; i < outputs; ++i) {
    names.push_back(names_->Unique(scope_.empty() ? op : absl::StrCat(scope_, "/", op)));
    node->add_output(names.back());
  }
  node->set_name(node->output(0));
  return names;
}

std::string NodeWriter::Constant(const Tensor& value) {
  constexpr size_t kSmall = 4096;  // bytes of those that are looked for
  const bool is_small = value.byte_size() <= kSmall && value.dtype() != DType::kString;
  std::string key;
  if (is_small) {
    key =
        absl::StrCat(DTypeName(value.dtype()), DimsToString(value.dims()), ":",
                     absl::string_view(static_cast<const char*>(value.bytes()), value.byte_size()));
    const auto found = constants_.find(key);
    if (found != constants_.end()) return found->second;
  }
  const std::string name = Add("Constant", {}, {{"value", value}})[0];
  if (is_small) constants_[key] = name;
  constant_names_.insert(name);
  return name;
}

bool NodeWriter::Rename(int from, const std::string& old_name, const std::string& new_name) {
  bool found = false;
  if (constant_names_.contains(old_name)) return false;
  for (int i = from; i < size(); ++i) {
    proto::Node* node = nodes_->Mutable(i);
    for (std::string& output : *node->mutable_output()) {
      if (output != old_name) continue;
      output = new_name;
      if (node->name() == old_name) node->set_name(new_name);
      found = true;
    }
    for (std::string& input : *node->mutable_input()) {
      if (found && input == old_name) input = new_name;
    }
  }
  return found;
}

}  // namespace dagrad::onnx

#ifndef DAGRAD_TESTS_ONNX_MODEL_MAKER_H_
#define DAGRAD_TESTS_ONNX_MODEL_MAKER_H_

#include <string>
#include <utility>
#include <vector>

#include "dagrad/io/onnx/onnx.pb.h"

namespace dagrad::onnx {

constexpr int32_t kFloat = 1, kUInt8 = 2, kInt64 = 7, kComplex64 = 14;  // ONNX's numbers of types

// Makes small models of ONNX.
class ModelMaker {
 public:
  explicit ModelMaker(int64_t opset = 17) {
    model_.set_ir_version(8);
    model_.add_opset_import()->set_version(opset);
    model_.mutable_graph()->set_name("test");
  }

  // Dimensions are numbers or symbols.
  ModelMaker& Input(const std::string& name, int32_t type, const std::vector<std::string>& dims) {
    auto* tensor = AddInfo(name, model_.mutable_graph()->add_input(), type);
    for (const std::string& dim : dims) {
      auto* d = tensor->mutable_shape()->add_dim();
      if (dim.find_first_not_of("-0123456789") == std::string::npos && !dim.empty()) {
        d->set_dim_value(std::stoll(dim));
      } else {
        d->set_dim_param(dim);
      }
    }
    tensor->mutable_shape();
    return *this;
  }

  ModelMaker& Output(const std::string& name) {
    AddInfo(name, model_.mutable_graph()->add_output(), kFloat);
    return *this;
  }

  ModelMaker& Floats(const std::string& name, const std::vector<int64_t>& dims,
                     const std::vector<float>& values) {
    proto::Tensor* t = model_.mutable_graph()->add_initializer();
    t->set_name(name);
    t->set_data_type(kFloat);
    t->mutable_dims()->Add(dims.begin(), dims.end());
    t->mutable_float_data()->Add(values.begin(), values.end());
    return *this;
  }

  ModelMaker& Integers(const std::string& name, const std::vector<int64_t>& values) {
    proto::Tensor* t = model_.mutable_graph()->add_initializer();
    t->set_name(name);
    t->set_data_type(kInt64);
    t->add_dims(static_cast<int64_t>(values.size()));
    t->mutable_int64_data()->Add(values.begin(), values.end());
    return *this;
  }

  // The node, to which attributes may be added.
  proto::Node* Node(const std::string& op, const std::vector<std::string>& inputs,
                    const std::vector<std::string>& outputs) {
    proto::Node* node = model_.mutable_graph()->add_node();
    node->set_op_type(op);
    node->set_name(op + "_" + std::to_string(model_.graph().node_size()));
    for (const std::string& input : inputs) node->add_input(input);
    for (const std::string& output : outputs) node->add_output(output);
    return node;
  }

  proto::Model& model() { return model_; }
  proto::Graph& graph() { return *model_.mutable_graph(); }

 private:
  static proto::Type::TensorType* AddInfo(const std::string& name, proto::ValueInfo* info,
                                          int32_t type) {
    info->set_name(name);
    auto* tensor = info->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    return tensor;
  }

  proto::Model model_;
};

inline void SetInt(proto::Node* node, const std::string& name, int64_t value) {
  proto::Attribute* a = node->add_attribute();
  a->set_name(name);
  a->set_type(2);
  a->set_i(value);
}

inline void SetInts(proto::Node* node, const std::string& name,
                    const std::vector<int64_t>& values) {
  proto::Attribute* a = node->add_attribute();
  a->set_name(name);
  a->set_type(7);
  a->mutable_ints()->Add(values.begin(), values.end());
}

// A tensor float32[4] whose elements are in another file: what its entries say of that.
using Entries = std::vector<std::pair<std::string, std::string>>;
inline void SetOutside(const std::string& name, const Entries& entries, proto::Tensor* t) {
  t->set_name(name);
  t->set_data_type(kFloat);
  t->add_dims(4);
  t->set_data_location(1);
  for (const auto& [key, value] : entries) {
    proto::StringEntry* e = t->add_external_data();
    e->set_key(key);
    e->set_value(value);
  }
}

inline void SetText(proto::Node* node, const std::string& name, const std::string& value) {
  proto::Attribute* a = node->add_attribute();
  a->set_name(name);
  a->set_type(3);
  a->set_s(value);
}

}  // namespace dagrad::onnx

#endif  // DAGRAD_TESTS_ONNX_MODEL_MAKER_H_

#include "dagrad/runtime/compile/rewrite/constant.h"

#include <cstddef>
#include <cstring>

namespace dagrad::runtime {
namespace {

constexpr int64_t kMaxElementsToCompare = 4096;

bool AllElementsEqual(const Tensor& t) {
  const size_t size = DTypeSize(t.dtype());
  const auto* bytes = static_cast<const std::byte*>(t.bytes());
  for (int64_t i = 1; i < t.num_elements(); ++i) {
    if (std::memcmp(bytes, bytes + i * size, size) != 0) return false;
  }
  return true;
}

}  // namespace

const Tensor* ConstantValue(const Node& node) {
  if (!node.inputs.empty() || node.outputs.size() != 1) return nullptr;
  const Attribute* value = node.attrs.Find("value");
  const Tensor* tensor = value == nullptr ? nullptr : value->get_if<Tensor>();
  if (tensor == nullptr || tensor->dtype() != node.outputs[0].dtype) return nullptr;
  const Shape& shape = node.outputs[0].shape;
  return shape.IsStatic() && shape.ToDims() == tensor->dims() ? tensor : nullptr;
}

std::optional<double> SplatValue(const Node& node) {
  if (!node.inputs.empty() || node.outputs.size() != 1) return std::nullopt;
  if (const Attribute* value = node.attrs.Find("value");
      value != nullptr && value->get_if<double>() != nullptr) {
    return value->get<double>();
  }
  const Tensor* t = ConstantValue(node);
  if (t == nullptr || t->dtype() == DType::kString || t->num_elements() == 0 ||
      t->num_elements() > kMaxElementsToCompare)
    return std::nullopt;
  if (!AllElementsEqual(*t)) return std::nullopt;
  double result = 0;
  DispatchDType(t->dtype(),
                [&](auto zero) { result = static_cast<double>(t->data<decltype(zero)>()[0]); });
  return result;
}

}  // namespace dagrad::runtime

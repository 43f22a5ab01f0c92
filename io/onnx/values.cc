#include "dagrad/io/onnx/values.h"

#include <algorithm>
#include <utility>

#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/size/size.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::onnx {
namespace {

Value DimsValue(GraphBuilder* builder, const Imported& v) {
  if (const auto tensor = TensorOf(*v.dims, v.is_scalar)) return Constant(builder, *tensor);
  std::vector<Value> values;
  for (const Dim& dim : *v.dims) values.push_back(DimValue(builder, dim));
  if (v.is_scalar) return values.empty() ? Value() : values[0];
  return Stack(values);
}

// Of a sequence, of its elements too, which are tensors.
ImportedPtr CopyOf(const Imported& v) {  // NOLINT(misc-no-recursion)
  auto copy = std::make_shared<Imported>(v);
  if (v.sequence.has_value()) {
    for (ImportedPtr& element : *copy->sequence) element = CopyOf(*element);
  }
  return copy;
}

GraphBuilder* Outermost(GraphBuilder* builder) {
  while (builder->outer() != nullptr) builder = builder->outer();
  return builder;
}

}  // namespace

Value DimValue(GraphBuilder* builder, const Dim& dim) {
  if (dim.is_known()) return Constant(builder, Tensor::Scalar<int64_t>(dim.value()));
  return builder->AddNode(ops::SizeOp(), {}, {{"shape", Shape({dim})}, {"dtype", DType::kInt64}},
                          SourceLocation::Current());
}

ImportedPtr ValueScope::Find(absl::string_view name) const {  // NOLINT(misc-no-recursion)
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  if (outer_ == nullptr) return nullptr;
  if (!is_body_) return outer_->Find(name);
  const auto seen = seen_.find(name);
  if (seen != seen_.end()) return seen->second;
  const ImportedPtr outside = outer_->Find(name);
  if (outside == nullptr) return nullptr;
  return seen_.emplace(std::string(name), CopyOf(*outside)).first->second;
}

bool ValueScope::Add(absl::string_view name, ImportedPtr value) {
  return values_.emplace(std::string(name), std::move(value)).second;
}

std::vector<int64_t> ToChannelsLast(int rank) {
  std::vector<int64_t> perm = {0};
  for (int64_t a = 2; a < rank; ++a) perm.push_back(a);
  perm.push_back(1);
  return perm;
}

std::vector<int64_t> ToChannelsFirst(int rank) {
  std::vector<int64_t> perm = {0, rank - 1};
  for (int64_t a = 1; a + 1 < rank; ++a) perm.push_back(a);
  return perm;
}

Value Materialize(GraphBuilder* builder, Imported* v) {
  if (v->value.valid()) return v->value;
  if (v->channels_last.valid()) {
    v->value = Transpose(v->channels_last, ToChannelsFirst(v->channels_last.rank()));
  } else if (!v->state.empty()) {
    const Tensor& t = *v->constant;
    v->value = Outermost(builder)->State(v->state, t.dtype(), Shape(absl::MakeConstSpan(t.dims())));
  } else if (v->constant.has_value()) {
    v->value = Constant(builder, *v->constant);
  } else if (v->dims.has_value()) {
    v->value = DimsValue(builder, *v);
  }
  return v->value;
}

Value MaterializeChannelsLast(GraphBuilder* builder, Imported* v) {
  if (v->channels_last.valid()) return v->channels_last;
  const Value first = Materialize(builder, v);
  v->channels_last = first.rank() < 3 ? first : Transpose(first, ToChannelsLast(first.rank()));
  return v->channels_last;
}

ValueType TypeOf(const Imported& v) {
  if (v.value.valid()) return v.value.type();
  if (v.constant.has_value())
    return {v.constant->dtype(), Shape(absl::MakeConstSpan(v.constant->dims()))};
  if (v.dims.has_value()) {
    return {DType::kInt64,
            v.is_scalar ? Shape() : Shape({Dim(static_cast<int64_t>(v.dims->size()))})};
  }
  ValueType type = v.channels_last.type();
  if (type.shape.rank() < 3) return type;
  Shape first;
  for (int64_t a : ToChannelsFirst(type.shape.rank()))
    first.push_back(type.shape.dim(static_cast<int>(a)));
  type.shape = first;
  return type;
}

std::optional<std::vector<Dim>> DimsOf(const Imported& v) {
  if (v.dims.has_value()) return v.dims;
  if (!v.constant.has_value() || v.constant->rank() > 1) return std::nullopt;
  const Tensor& t = *v.constant;
  std::vector<Dim> dims;
  if (t.dtype() == DType::kInt64) {
    // The least int64, which exporters write for "from the start", is no Dim.
    for (int64_t n : t.data<int64_t>()) dims.emplace_back(std::max(n, -INT64_MAX));
  } else if (t.dtype() == DType::kInt32) {
    for (int32_t n : t.data<int32_t>()) dims.emplace_back(int64_t{n});
  } else {
    return std::nullopt;
  }
  return dims;
}

std::optional<Tensor> TensorOf(const std::vector<Dim>& dims, bool is_scalar) {
  std::vector<int64_t> numbers;
  for (const Dim& dim : dims) {
    // A symbolic one gives -1.
    const bool is_number = dim.is_valid() && (dim.value() != -1 || dim.ToString() == "-1");
    if (!is_number) return std::nullopt;
    numbers.push_back(dim.value());
  }
  if (is_scalar) return Tensor::Scalar<int64_t>(numbers.at(0));
  return Tensor::Of<int64_t>({static_cast<int64_t>(numbers.size())}, numbers);
}

}  // namespace dagrad::onnx

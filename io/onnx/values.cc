#include "dagrad/io/onnx/values.h"

#include <algorithm>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/strings/match.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/size/size.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::onnx {
namespace {

Value ValueOfDims(GraphBuilder* builder, const Imported& v) {
  const Value y = v.is_scalar ? DimValue(builder, v.dims->at(0)) : DimsValue(builder, *v.dims);
  return v.dims_dtype == DType::kInt64 ? y : Cast(y, v.dims_dtype);
}

// Of a polynomial that is below 0 for no sizes.
Value SizeValue(GraphBuilder* builder, const Dim& dim) {
  if (const auto number = NumberOf(dim)) return Constant(builder, Tensor::Scalar(*number));
  return builder->AddNode(ops::SizeOp(), {}, {{"shape", Shape({dim})}, {"dtype", DType::kInt64}},
                          SourceLocation::Current());
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

std::optional<int64_t> NumberOf(const Dim& dim) {
  // A symbolic one gives -1.
  const bool is_number = dim.is_valid() && (dim.value() != -1 || dim.ToString() == "-1");
  return is_number ? std::optional(dim.value()) : std::nullopt;
}

// By its text, "2*n - floor((m + 1)/2) - 3": blanks stand around signs alone, and the canonical
// form has no term below 0 within a division.
DimParts PartsOf(const Dim& dim) {
  const std::string text = dim.ToString();
  DimParts parts;
  bool is_taken = absl::StartsWith(text, "-");
  size_t begin = is_taken ? 1 : 0;
  const auto add = [&](size_t end) {
    const absl::StatusOr<Dim> term = Dim::Parse(absl::string_view(text).substr(begin, end - begin));
    Dim& sum = is_taken ? parts.taken : parts.added;
    sum = sum + (term.ok() ? *term : Dim::Invalid());
  };
  int depth = 0;
  for (size_t i = begin; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth > 0 || text[i] != ' ') continue;
    add(i);
    is_taken = text[i + 1] == '-';
    begin = i + 3;
    i += 2;
  }
  add(text.size());
  return parts;
}

Value DimValue(GraphBuilder* builder, const Dim& dim) {
  if (const auto number = NumberOf(dim)) return Constant(builder, Tensor::Scalar(*number));
  const DimParts parts = PartsOf(dim);
  if (parts.taken == Dim(0)) return SizeValue(builder, dim);
  return SizeValue(builder, parts.added) - SizeValue(builder, parts.taken);
}

Value DimsValue(GraphBuilder* builder, const std::vector<Dim>& dims) {
  if (const auto tensor = TensorOf(dims, false)) return Constant(builder, *tensor);
  std::vector<Value> values;
  for (const Dim& dim : dims) values.push_back(DimValue(builder, dim));
  return Stack(values);
}

bool IsNeverNegative(const Dim& dim) {
  if (!NumberOf(PartsOf(dim).taken).has_value()) return false;
  absl::btree_set<std::string> symbols;
  dim.CollectSymbols(&symbols);
  Bindings ones;
  for (const std::string& symbol : symbols) ones[symbol] = 1;
  return dim.Evaluate(ones).ok();
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
    v->value = ValueOfDims(builder, *v);
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
    return {v.dims_dtype,
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
    const std::optional<int64_t> number = NumberOf(dim);
    if (!number.has_value()) return std::nullopt;
    numbers.push_back(*number);
  }
  if (is_scalar) return Tensor::Scalar<int64_t>(numbers.at(0));
  return Tensor::Of<int64_t>({static_cast<int64_t>(numbers.size())}, numbers);
}

}  // namespace dagrad::onnx

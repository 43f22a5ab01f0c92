#include "dagrad/io/onnx/node_import.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/io/onnx/tensors.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/shape/bind_dim/bind_dim.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

constexpr absl::string_view kNeedOfConstant = "must be known when the model is imported";

std::vector<double> Numbers(const Tensor& tensor) {
  const absl::StatusOr<Tensor> wide = tensor.Cast(DType::kFloat64);
  if (!wide.ok()) return {};
  const absl::Span<const double> data = wide->data<double>();
  return {data.begin(), data.end()};
}

}  // namespace

absl::Status NeedOfConstant(absl::string_view what) {
  return FailedPreconditionError(absl::StrCat(what, " ", kNeedOfConstant));
}

bool IsNeedOfConstant(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) && absl::StrContains(status.message(), kNeedOfConstant);
}

void NodeImport::Unsupported(absl::string_view what) { Fail(dagrad::UnimplementedError(what)); }
void NodeImport::Invalid(absl::string_view what) { Fail(dagrad::InvalidArgumentError(what)); }

bool NodeImport::Takes(int64_t bytes, absl::string_view what) {
  absl::Status taken = external_->budget().Take(bytes, what);
  if (!taken.ok()) Fail(std::move(taken));
  return ok();
}

ImportedPtr NodeImport::Needed(int i) {
  if (has(i) && !inputs_[i]->sequence.has_value()) return inputs_[i];
  Invalid(absl::StrCat("input ", i, has(i) ? " is a sequence, not a tensor" : " is missing"));
  return nullptr;
}

Value NodeImport::in(int i) {
  const ImportedPtr v = Needed(i);
  return v == nullptr ? Value() : Materialize(builder_, v.get());
}

std::vector<Value> NodeImport::all_inputs() {
  std::vector<Value> values;
  for (int i = 0; i < num_inputs(); ++i) values.push_back(in(i));
  if (values.empty()) Invalid("it has no inputs");
  return values;
}

Value NodeImport::in_channels_last(int i) {
  const ImportedPtr v = Needed(i);
  return v == nullptr ? Value() : MaterializeChannelsLast(builder_, v.get());
}

bool NodeImport::IsChannelsLast(int i) const {
  return has(i) && inputs_[i]->channels_last.valid() && !inputs_[i]->value.valid();
}

ValueType NodeImport::type(int i) {
  const ImportedPtr v = Needed(i);
  return v == nullptr ? ValueType() : TypeOf(*v);
}

const Tensor* NodeImport::constant(int i) const {
  return has(i) && inputs_[i]->constant.has_value() ? &*inputs_[i]->constant : nullptr;
}

std::vector<Dim> NodeImport::Dims(int i, std::vector<Dim> otherwise) {
  if (!has(i)) return otherwise;
  if (auto dims = DimsOf(*inputs_[i])) return *dims;
  Fail(NeedOfConstant(absl::StrCat("input ", i, " \"", node_.input(i), "\"")));
  return {};
}

std::vector<Dim> NodeImport::DimsOrBind(int i) {
  const Value v = has(i) && !DimsOf(*inputs_[i]).has_value() ? in(i) : Value();
  const bool binds = v.valid() && builder_->outer() == nullptr && v.rank() <= 1 &&
                     (v.rank() == 0 || (v.dim(0).is_known() && v.dim(0).value() <= kMaxRank)) &&
                     (v.dtype() == DType::kInt64 || v.dtype() == DType::kInt32);
  if (!binds) return Dims(i);
  const Value wide = Cast(v, DType::kInt64);
  std::vector<Dim> dims;
  const int64_t count = v.rank() == 0 ? 1 : v.dim(0).value();
  for (int64_t k = 0; k < count; ++k)
    dims.push_back(BindDim(v.rank() == 0 ? wide : Reshape(Slice(wide, {k}, {1}), {})));
  inputs_[i]->dims = dims;  // the same symbols wherever it is used
  inputs_[i]->is_scalar = v.rank() == 0;
  return dims;
}

std::vector<int64_t> NodeImport::Integers(int i, std::vector<int64_t> otherwise) {
  if (!has(i)) return otherwise;
  const std::vector<Dim> dims = Dims(i);
  const std::optional<Tensor> tensor = TensorOf(dims, false);
  if (!tensor.has_value()) {
    Fail(FailedPreconditionError(absl::StrCat("input ", i, " \"", node_.input(i), "\" ",
                                              kNeedOfConstant, " as numbers: it is ",
                                              Shape(absl::MakeConstSpan(dims)).ToString())));
    return {};
  }
  return {tensor->data<int64_t>().begin(), tensor->data<int64_t>().end()};
}

int64_t NodeImport::Integer(int i, int64_t otherwise) {
  if (!has(i)) return otherwise;
  const std::vector<int64_t> values = Integers(i);
  if (values.size() == 1) return values[0];
  Invalid(absl::StrCat("input ", i, " is to be one integer, and has ", values.size()));
  return otherwise;
}

std::vector<double> NodeImport::Floats(int i, std::vector<double> otherwise) {
  if (!has(i)) return otherwise;
  if (const Tensor* tensor = constant(i)) return Numbers(*tensor);
  Fail(NeedOfConstant(absl::StrCat("input ", i, " \"", node_.input(i), "\"")));
  return {};
}

double NodeImport::Float(int i, double otherwise) {
  if (!has(i)) return otherwise;
  const std::vector<double> values = Floats(i);
  if (values.size() == 1) return values[0];
  Invalid(absl::StrCat("input ", i, " is to be one number, and has ", values.size()));
  return otherwise;
}

const proto::Attribute* NodeImport::attribute(absl::string_view name) const {
  for (const proto::Attribute& a : node_.attribute()) {
    if (a.name() == name) return &a;
  }
  return nullptr;
}

const proto::Attribute* NodeImport::Typed(absl::string_view name, int type) const {
  const proto::Attribute* a = attribute(name);
  // Models of IR version 1 leave the type out.
  if (a == nullptr || a->type() == 0 || a->type() == type) return a;
  if (status_.ok()) {
    status_ = InvalidArgumentError(absl::StrCat("attribute ", name, " is of type ",
                                                static_cast<int>(a->type()), ", not ", type));
  }
  return nullptr;
}

int64_t NodeImport::Int(absl::string_view name, int64_t otherwise) const {
  const proto::Attribute* a = Typed(name, 2);
  return a == nullptr ? otherwise : a->i();
}

double NodeImport::Real(absl::string_view name, double otherwise) const {
  const proto::Attribute* a = Typed(name, 1);
  return a == nullptr ? otherwise : a->f();
}

std::string NodeImport::Text(absl::string_view name, absl::string_view otherwise) const {
  const proto::Attribute* a = Typed(name, 3);
  return a == nullptr ? std::string(otherwise) : a->s();
}

std::string NodeImport::Choice(absl::string_view name, absl::string_view otherwise,
                               absl::Span<const absl::string_view> choices) const {
  std::string text = Text(name, otherwise);
  if (absl::c_linear_search(choices, text)) return text;
  if (status_.ok()) {
    status_ =
        dagrad::InvalidArgumentError(absl::StrCat("attribute ", name, " is \"", Printable(text, 32),
                                                  "\", not one of ", absl::StrJoin(choices, ", ")));
  }
  return std::string(otherwise);
}

std::vector<int64_t> NodeImport::Ints(absl::string_view name,
                                      std::vector<int64_t> otherwise) const {
  const proto::Attribute* a = Typed(name, 7);
  if (a == nullptr) return otherwise;
  return {a->ints().begin(), a->ints().end()};
}

std::vector<double> NodeImport::Reals(absl::string_view name, std::vector<double> otherwise) const {
  const proto::Attribute* a = Typed(name, 6);
  if (a == nullptr) return otherwise;
  return {a->floats().begin(), a->floats().end()};
}

std::vector<std::string> NodeImport::Texts(absl::string_view name) const {
  const proto::Attribute* a = Typed(name, 8);
  if (a == nullptr) return {};
  return {a->strings().begin(), a->strings().end()};
}

Tensor NodeImport::TensorAttribute(absl::string_view name) {
  const proto::Attribute* a = attribute(name);
  if (a == nullptr) {
    Invalid(absl::StrCat("attribute ", name, " is missing"));
    return {};
  }
  absl::StatusOr<Tensor> tensor = ToTensor(a->t(), external_);
  if (tensor.ok()) return *std::move(tensor);
  Fail(Prefixed(absl::StrCat("attribute ", name), tensor.status()));
  return {};
}

DType NodeImport::DTypeAttribute(absl::string_view name, DType otherwise) {
  const proto::Attribute* a = attribute(name);
  if (a == nullptr) return otherwise;
  const absl::StatusOr<DType> dtype =
      DTypeFrom(static_cast<int32_t>(std::clamp<int64_t>(a->i(), INT32_MIN, INT32_MAX)));
  if (dtype.ok() && *dtype != DType::kString) return *dtype;
  if (dtype.ok()) Unsupported(absl::StrCat("attribute ", name, ": dtype string"));
  Fail(Prefixed(absl::StrCat("attribute ", name), dtype.status()));
  return otherwise;
}

std::vector<int64_t> NodeImport::AxesOf(int input, absl::string_view name) {
  return has(input) ? Integers(input) : Ints(name);
}

void NodeImport::out(int i, Value value) {
  auto v = std::make_shared<Imported>();
  v->value = value;
  out_same(i, std::move(v));
}

void NodeImport::out_channels_last(int i, Value value) {
  auto v = std::make_shared<Imported>();
  v->channels_last = value;
  out_same(i, std::move(v));
}

void NodeImport::out_constant(int i, Tensor value) {
  auto v = std::make_shared<Imported>();
  v->constant = std::move(value);
  out_same(i, std::move(v));
}

void NodeImport::out_dims(int i, std::vector<Dim> dims, bool is_scalar, DType dtype) {
  if (const auto tensor = TensorOf(dims, is_scalar)) {
    absl::StatusOr<Tensor> numbers = tensor->Cast(dtype);
    if (!numbers.ok()) return Fail(numbers.status());
    return out_constant(i, *std::move(numbers));
  }
  auto v = std::make_shared<Imported>();
  v->dims = std::move(dims);
  v->is_scalar = is_scalar;
  v->dims_dtype = dtype;
  out_same(i, std::move(v));
}

bool NodeImport::IsNotOfRank(int i, int rank) {
  if (!has(i)) {
    Needed(i);
    return true;
  }
  const Shape s = shape(i);
  if (s.rank() == rank) return false;
  Unsupported(absl::StrCat("input ", i, " of shape ", s.ToString(), "; only rank ", rank));
  return true;
}

}  // namespace dagrad::onnx

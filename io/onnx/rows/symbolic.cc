// Arithmetic on shapes: what exporters write to compute one shape from another, done with symbols
// while the model is imported.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "dagrad/io/onnx/rows/rows.h"

namespace dagrad::onnx {
namespace {

using Vector = std::vector<Dim>;

// Longer lists are no shapes: they are left to the run. Without that a file could double one again
// and again, and have nodes made of each element.
constexpr int64_t kMostNumbers = 256;

struct Numbers {
  Vector values;
  bool is_scalar = false;
  DType dtype = DType::kInt64;
  const Dim& at(size_t i) const { return values.size() == 1 ? values[0] : values[i]; }
};

std::optional<Numbers> NumbersOf(const NodeImport& c, int i) {
  const Imported* v = c.imported(i);
  if (v == nullptr || !v->state.empty()) return std::nullopt;
  if (v->constant.has_value() && v->constant->num_elements() > kMostNumbers) return std::nullopt;
  auto dims = DimsOf(*v);
  if (!dims.has_value()) return std::nullopt;
  const bool is_scalar = v->dims.has_value() ? v->is_scalar : v->constant->rank() == 0;
  return Numbers{*std::move(dims), is_scalar, TypeOf(*v).dtype};
}

// Cut off toward zero, which is the floor where nothing is below 0. Null where the quotient is no
// polynomial.
std::optional<Dim> Quotient(const Dim& a, const Dim& b) {
  const std::optional<int64_t> p = NumberOf(a), q = NumberOf(b);
  if (p.has_value() && q.has_value()) return *q == 0 ? std::nullopt : std::optional<Dim>(*p / *q);
  if (auto exact = Dim::ExactDiv(a, b)) return exact;
  if (q.has_value() && *q > 0 && IsNeverNegative(a)) return Dim::FloorDiv(a, *q);
  return std::nullopt;
}

std::optional<Dim> Calculate(const std::string& op, const Dim& a, const Dim& b) {
  if (op == "Add") return a + b;
  if (op == "Sub") return a - b;
  if (op == "Mul") return a * b;
  return Quotient(a, b);
}

bool Arithmetic(NodeImport& c) {
  const auto a = NumbersOf(c, 0), b = NumbersOf(c, 1);
  if (!a.has_value() || !b.has_value() || a->dtype != b->dtype) return false;
  const size_t n = std::max(a->values.size(), b->values.size());
  if ((a->values.size() != n && a->values.size() != 1) ||
      (b->values.size() != n && b->values.size() != 1)) {
    return false;
  }
  Vector result;
  for (size_t i = 0; i < n; ++i) {
    const auto y = Calculate(c.op(), a->at(i), b->at(i));
    if (!y.has_value() || !y->is_valid()) return false;
    result.push_back(*y);
  }
  c.out_dims(0, std::move(result), a->is_scalar && b->is_scalar, a->dtype);
  return true;
}

bool Same(NodeImport& c) {
  const auto x = NumbersOf(c, 0);
  if (!x.has_value()) return false;
  const DType to = c.op() == "Cast" ? c.DTypeAttribute("to", DType::kFloat32) : x->dtype;
  if (!kIndexTypes.Contains(to)) return false;
  c.out_dims(0, x->values, x->is_scalar, to);
  return true;
}

bool OfVector(NodeImport& c) {  // Unsqueeze, Squeeze
  const auto x = NumbersOf(c, 0);
  const bool up = c.op() == "Unsqueeze";
  if (!x.has_value() || x->is_scalar != up || (!up && x->values.size() != 1)) return false;
  const std::vector<int64_t> axes = c.AxesOf(1);
  if ((up && axes.size() != 1) || axes.size() > 1) return false;
  if (!axes.empty() && axes[0] != 0 && axes[0] != -1) return false;
  c.out_dims(0, x->values, !up, x->dtype);
  return true;
}

// Of vectors: their only axis.
bool IsOfTheirAxis(NodeImport& c) {
  const int64_t axis = c.Int("axis", 0);
  return axis == 0 || axis == -1;
}

bool Joined(NodeImport& c) {
  if (!IsOfTheirAxis(c)) return false;
  Vector all;
  DType dtype = DType::kInvalid;
  for (int i = 0; i < c.num_inputs(); ++i) {
    const auto x = NumbersOf(c, i);
    if (!x.has_value() || x->is_scalar || (i > 0 && x->dtype != dtype)) return false;
    if (all.size() + x->values.size() > kMostNumbers) return false;
    dtype = x->dtype;
    all.insert(all.end(), x->values.begin(), x->values.end());
  }
  c.out_dims(0, std::move(all), false, dtype);
  return true;
}

bool Gathered(NodeImport& c) {
  const auto x = NumbersOf(c, 0);
  const auto at = NumbersOf(c, 1);
  if (!x.has_value() || x->is_scalar || !at.has_value() || !IsOfTheirAxis(c)) return false;
  const auto n = static_cast<int64_t>(x->values.size());
  Vector result;
  for (const Dim& dim : at->values) {
    const std::optional<int64_t> i = NumberOf(dim);
    if (!i.has_value() || *i < -n || *i >= n) return false;  // the op says it better
    result.push_back(x->values[static_cast<size_t>(*i < 0 ? *i + n : *i)]);
  }
  c.out_dims(0, std::move(result), at->is_scalar, x->dtype);
  return true;
}

bool Sliced(NodeImport& c) {
  const auto x = NumbersOf(c, 0);
  if (!x.has_value() || x->is_scalar) return false;
  const bool is_old = c.version() < 10;
  const auto one = [&](int input, const char* name, int64_t otherwise) -> std::optional<int64_t> {
    if (is_old) {
      const std::vector<int64_t> v = c.Ints(name, {otherwise});
      return v.size() == 1 ? std::optional(v[0]) : std::nullopt;
    }
    if (!c.has(input)) return otherwise;
    const auto v = NumbersOf(c, input);
    const auto t = v.has_value() ? TensorOf(v->values, false) : std::nullopt;
    return t.has_value() && t->num_elements() == 1 ? std::optional(t->data<int64_t>()[0])
                                                   : std::nullopt;
  };
  const auto start = one(1, "starts", 0), end = one(2, "ends", 0), step = one(4, "steps", 1);
  if (!start.has_value() || !end.has_value() || step != 1) return false;
  const auto n = static_cast<int64_t>(x->values.size());
  const auto place = [n](int64_t v) { return std::clamp<int64_t>(v < 0 ? v + n : v, 0, n); };
  Vector result;
  for (int64_t i = place(*start); i < place(*end); ++i)
    result.push_back(x->values[static_cast<size_t>(i)]);
  c.out_dims(0, std::move(result), false, x->dtype);
  return true;
}

bool Product(NodeImport& c) {
  const auto x = NumbersOf(c, 0);
  if (!x.has_value() || x->is_scalar) return false;
  Dim product = 1;
  for (const Dim& dim : x->values) product = product * dim;
  if (!product.is_valid()) return false;
  c.out_dims(0, {product}, c.Int("keepdims", 1) == 0, x->dtype);
  return true;
}

// To a scalar or to a vector.
bool Reshaped(NodeImport& c) {
  const auto x = NumbersOf(c, 0);
  const auto shape = NumbersOf(c, 1);
  if (!x.has_value() || !shape.has_value() || shape->values.size() > 1) return false;
  const Dim size(static_cast<int64_t>(x->values.size()));
  if (shape->values.empty() && !(size == Dim(1))) return false;
  if (!shape->values.empty() && !(shape->values[0] == size || shape->values[0] == Dim(-1)))
    return false;
  c.out_dims(0, x->values, shape->values.empty(), x->dtype);
  return true;
}

// What a size is never below 0, it is no number below 0.
bool Compared(NodeImport& c) {
  const auto a = NumbersOf(c, 0), b = NumbersOf(c, 1);
  if (!a.has_value() || !b.has_value()) return false;
  const size_t n = std::max(a->values.size(), b->values.size());
  if ((a->values.size() != n && a->values.size() != 1) ||
      (b->values.size() != n && b->values.size() != 1)) {
    return false;
  }
  absl::StatusOr<Tensor> equal = Tensor::Zeros(
      DType::kBool, a->is_scalar && b->is_scalar ? Dims() : Dims{static_cast<int64_t>(n)});
  if (!equal.ok()) return false;
  for (size_t i = 0; i < n; ++i) {
    const Dim &p = a->at(i), &q = b->at(i);
    const bool same = p == q;
    const std::optional<int64_t> m = NumberOf(p), k = NumberOf(q);
    const bool differ = (m.has_value() && k.has_value()) ||
                        (m.value_or(0) < 0 && IsNeverNegative(q)) ||
                        (k.value_or(0) < 0 && IsNeverNegative(p));
    if (!same && !differ) return false;
    equal->mutable_data<bool>()[i] = same;
  }
  c.out_constant(0, *std::move(equal));
  return true;
}

bool Chosen(NodeImport& c) {
  const Tensor* condition = c.constant(0);
  const auto a = NumbersOf(c, 1), b = NumbersOf(c, 2);
  if (condition == nullptr || condition->dtype() != DType::kBool || condition->rank() > 1 ||
      condition->num_elements() > kMostNumbers || !a.has_value() || !b.has_value() ||
      a->dtype != b->dtype) {
    return false;
  }
  const absl::Span<const bool> choose = condition->data<bool>();
  const size_t n = std::max({choose.size(), a->values.size(), b->values.size()});
  for (size_t size : {choose.size(), a->values.size(), b->values.size()}) {
    if (size != n && size != 1) return false;
  }
  Vector result;
  for (size_t i = 0; i < n; ++i)
    result.push_back(choose[choose.size() == 1 ? 0 : i] ? a->at(i) : b->at(i));
  c.out_dims(0, std::move(result), condition->rank() == 0 && a->is_scalar && b->is_scalar,
             a->dtype);
  return true;
}

}  // namespace

bool ImportSymbolically(NodeImport& c) {
  static const auto* const table = new std::map<absl::string_view, bool (*)(NodeImport&)>{
      {"Add", Arithmetic},   {"Sub", Arithmetic},  {"Mul", Arithmetic},     {"Div", Arithmetic},
      {"Cast", Same},        {"Identity", Same},   {"Unsqueeze", OfVector}, {"Squeeze", OfVector},
      {"Concat", Joined},    {"Gather", Gathered}, {"Slice", Sliced},       {"ReduceProd", Product},
      {"Reshape", Reshaped}, {"Equal", Compared},  {"Where", Chosen}};
  bool has_dims = false;
  for (int i = 0; i < c.num_inputs(); ++i) has_dims |= c.has(i) && c.imported(i)->dims.has_value();
  const auto found = table->find(c.op());
  return has_dims && found != table->end() && found->second(c);
}

}  // namespace dagrad::onnx

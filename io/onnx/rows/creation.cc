// Values that come from no other value, or from its shape alone.
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"

#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/shape/bind_dim/bind_dim.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/size/size.h"

namespace dagrad::onnx {
namespace {

void ImportConstant(NodeImport& c) {
  if (c.has_attribute("value")) return c.out_constant(0, c.TensorAttribute("value"));
  if (c.has_attribute("value_float"))
    return c.out_constant(0, Tensor::Scalar(static_cast<float>(c.Real("value_float", 0))));
  if (c.has_attribute("value_int"))
    return c.out_constant(0, Tensor::Scalar<int64_t>(c.Int("value_int", 0)));
  if (c.has_attribute("value_ints")) {
    const std::vector<int64_t> v = c.Ints("value_ints");
    return c.out_constant(0, Tensor::Of<int64_t>({static_cast<int64_t>(v.size())}, v));
  }
  if (c.has_attribute("value_floats")) {
    const std::vector<double> wide = c.Reals("value_floats");
    const std::vector<float> v(wide.begin(), wide.end());
    return c.out_constant(0, Tensor::Of<float>({static_cast<int64_t>(v.size())}, v));
  }
  if (c.has_attribute("value_string"))
    return c.out_constant(0, Tensor::Scalar<absl::string_view>(c.Text("value_string", "")));
  if (c.has_attribute("value_strings")) {
    const std::vector<std::string> texts = c.Texts("value_strings");
    const std::vector<absl::string_view> v(texts.begin(), texts.end());
    return c.out_constant(0, Tensor::Of<absl::string_view>({static_cast<int64_t>(v.size())}, v));
  }
  c.Unsupported("a sparse constant");
}

void ImportConstantOfShape(NodeImport& c) {
  if (c.IsMissing(0)) return;
  const std::vector<Dim> dims = c.DimsOrBind(0);
  const Tensor value = c.has_attribute("value") ? c.TensorAttribute("value") : Tensor::Scalar(0.0f);
  if (!c.ok()) return;
  if (value.num_elements() != 1) return c.Invalid("value has one element");
  if (value.dtype() == DType::kString) return c.Unsupported("dtype string");
  const Shape shape(absl::MakeConstSpan(dims));
  if (!FitsDoubles(value))
    return c.out(0, BroadcastTo(Reshape(Constant(c.builder(), value), {}), shape));
  const absl::StatusOr<Tensor> number = value.Cast(DType::kFloat64);
  if (!number.ok()) return c.Fail(number.status());
  c.out(0, Full(c.builder(), value.dtype(), shape, number->data<double>()[0]));
}

void ImportShape(NodeImport& c) {
  const Shape shape = c.shape(0);
  if (!c.ok()) return;
  const int64_t rank = shape.rank();
  const auto place = [rank](int64_t v) {
    return std::clamp<int64_t>(v < 0 ? v + rank : v, 0, rank);
  };
  const int64_t start = place(c.Int("start", 0)), end = place(c.Int("end", rank));
  std::vector<Dim> dims;
  for (int64_t a = start; a < end; ++a) dims.push_back(shape.dim(static_cast<int>(a)));
  c.out_dims(0, std::move(dims), false);
}

void ImportSize(NodeImport& c) {
  const Shape shape = c.shape(0);
  if (c.ok()) c.out_dims(0, {shape.NumElements()}, true);
}

// A range of integers that are known as dimensions, with symbols, upwards. False, doing nothing,
// where that is not so.
bool ImportRangeOfDims(NodeImport& c) {
  std::vector<Dim> ends;
  for (int i = 0; i < 3; ++i) {
    const Imported* v = c.imported(i);
    const auto dims = v == nullptr || !v->state.empty() ? std::nullopt : DimsOf(*v);
    if (!dims.has_value() || dims->size() != 1) return false;
    ends.push_back((*dims)[0]);
  }
  const bool is_known = TensorOf(ends, false).has_value();
  const Dim delta = ends[2];
  if (is_known || !delta.is_known() || delta.value() < 1) return false;
  const DType dtype = c.dtype(0);
  Dim count = Dim::CeilDiv(ends[1] - ends[0], delta.value());
  if (NumberOf(count).value_or(0) < 0) count = 0;
  const Value i = Iota(c.builder(), dtype, {count}, 0);
  const Value steps = delta == Dim(1) ? i : i * static_cast<double>(delta.value());
  c.out(0, ends[0] == Dim(0) ? steps : steps + Cast(DimValue(c.builder(), ends[0]), dtype));
  return true;
}

// In what the elements of a range are computed: doubles have not all of int64.
DType DTypeOfRange(DType dtype) { return IsInteger(dtype) ? DType::kInt64 : DType::kFloat64; }

// A range whose ends, or dimensions, are known in a run only.
void ImportRangeOfValues(NodeImport& c) {
  std::vector<Value> ends;
  for (int i = 0; i < 3; ++i) {
    const Value v = c.in(i);
    if (!v.valid()) return;
    if (!(v.shape().NumElements() == Dim(1)))
      return c.Invalid(absl::StrCat("input ", i, " is ", v.type().ToString(), ", not one number"));
    ends.push_back(v.rank() == 0 ? v : Reshape(v, {}));
  }
  const DType dtype = c.dtype(0), exact = DTypeOfRange(dtype);
  const Value start = Cast(ends[0], exact), limit = Cast(ends[1], exact),
              delta = Cast(ends[2], exact);
  const Value quotient = Cast(limit - start, DType::kFloat64) / Cast(delta, DType::kFloat64);
  const Dim n = BindDim(Cast(Maximum(Ceil(quotient), 0.0), DType::kInt64));
  if (n.is_valid()) c.out(0, Cast(Iota(c.builder(), exact, {n}, 0) * delta + start, dtype));
}

// limit - start, exactly where both are int64, of which doubles have not all.
double SpanOfRange(NodeImport& c) {
  int64_t span = 0;
  const bool is_exact = c.dtype(0) == DType::kInt64 && c.dtype(1) == DType::kInt64 &&
                        !__builtin_sub_overflow(c.Integer(1, 0), c.Integer(0, 0), &span);
  return is_exact ? static_cast<double>(span) : c.Float(1, 0) - c.Float(0, 0);
}

// start + i·delta for i below ⌈(limit - start) / delta⌉.
void ImportRange(NodeImport& c) {
  if (ImportRangeOfDims(c)) return;
  const bool is_known =
      c.constant(0) != nullptr && c.constant(1) != nullptr && c.constant(2) != nullptr;
  if (!is_known) return ImportRangeOfValues(c);
  const double delta = c.Float(2, 1), count = std::max(0.0, std::ceil(SpanOfRange(c) / delta));
  if (!c.ok()) return;
  const DType dtype = c.dtype(0), exact = DTypeOfRange(dtype);
  if (delta == 0 || !(count <= static_cast<double>(kMaxDim)))
    return c.Invalid("the range has no end");
  const Value i = Iota(c.builder(), exact, {Dim(static_cast<int64_t>(count))}, 0);
  const auto number = [&](int k) {
    return Cast(Reshape(Constant(c.builder(), *c.constant(k)), {}), exact);
  };
  c.out(0, Cast(i * number(2) + number(0), dtype));
}

// 1 on the k-th diagonal.
void ImportEyeLike(NodeImport& c) {
  if (c.IsNotOfRank(0, 2)) return;
  const Shape shape = c.shape(0);
  const DType dtype = c.DTypeAttribute("dtype", c.dtype(0));
  const Value row = Iota(c.builder(), DType::kInt64, shape, 0);
  const Value column = Iota(c.builder(), DType::kInt64, shape, 1);
  c.out(0, Cast(Equal(row + static_cast<double>(c.Int("k", 0)), column), dtype));
}

// What is on and above (upper) or below the k-th diagonal, else 0.
void ImportTrilu(NodeImport& c) {
  const Value x = c.in(0);
  const int64_t k = c.Integer(1, 0);
  if (!c.ok()) return;
  if (x.rank() < 2) return c.Invalid("the input is of rank 2 at least");
  const Shape last({x.dim(-2), x.dim(-1)});
  const auto far = static_cast<double>(std::clamp<int64_t>(k, -kMaxDim, kMaxDim));
  const Value row = Iota(c.builder(), DType::kInt64, last, 0) + far;
  const Value column = Iota(c.builder(), DType::kInt64, last, 1);
  const bool upper = c.Int("upper", 1) != 0;
  const Value keep = upper ? GreaterEqual(column, row) : LessEqual(column, row);
  c.out(0, Select(keep, x, Full(c.builder(), x.dtype(), Shape(), 0)));
}

// Windows of `size` elements, a0 - a1 cos(2πi/n) + a2 cos(4πi/n); n is size - 1 unless periodic.
void Window(NodeImport& c, double a0, double a1, double a2) {
  if (c.IsMissing(0)) return;
  const int64_t size = c.Integer(0, 0);
  const DType dtype = c.DTypeAttribute("output_datatype", DType::kFloat32);
  if (!c.ok() || size < 0 || size > kMaxDim) return c.Invalid("size");
  const double n = static_cast<double>(c.Int("periodic", 1) != 0 ? size : size - 1);
  const Value t = Iota(c.builder(), DType::kFloat64, {Dim(size)}, 0) * (2 * M_PI / n);
  c.out(0, Cast(Cos(t) * -a1 + Cos(t * 2.0) * a2 + a0, dtype));
}
void ImportHannWindow(NodeImport& c) { Window(c, 0.5, 0.5, 0); }
void ImportHammingWindow(NodeImport& c) { Window(c, 25.0 / 46, 21.0 / 46, 0); }
void ImportBlackmanWindow(NodeImport& c) { Window(c, 0.42, 0.5, 0.08); }

constexpr Row kRows[] = {
    {"BlackmanWindow", ImportBlackmanWindow, 1},
    {"Constant", ImportConstant, 0},
    {"ConstantOfShape", ImportConstantOfShape, 1},
    {"EyeLike", ImportEyeLike, 1},
    {"HammingWindow", ImportHammingWindow, 1},
    {"HannWindow", ImportHannWindow, 1},
    {"Range", ImportRange, 3},
    {"Shape", ImportShape, 1, /*takes_strings=*/true},
    {"Size", ImportSize, 1, /*takes_strings=*/true},
    {"Trilu", ImportTrilu, 2},
};

}  // namespace

absl::Span<const Row> CreationRows() { return kRows; }

}  // namespace dagrad::onnx

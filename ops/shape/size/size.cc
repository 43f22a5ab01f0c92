#include "dagrad/ops/shape/size/size.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/shape/size/size_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const DType dtype = c.attr<DType>("dtype");
  if (!kNumberTypes.Contains(dtype)) {
    return InferContext::Fail("size_c1", absl::StrCat("dtype is ", DTypeName(dtype),
                                                      "; accepted: ", kNumberTypes.ToString()));
  }
  const Shape& shape = c.attr<Shape>("shape");
  if (absl::Status s = shape.Validate(); !s.ok()) return InferContext::Fail("size_c2", s.message());
  c.SetOutput(0, dtype, {});
  return absl::OkStatus();
}

OpDef Make() {
  return {
      .name = "Size",
      .label = "size",
      .doc =
          "Product of the dimensions in shape, as a scalar.\n"
          "Lets a graph use sizes that are symbols until it runs.",
      .outputs = {{.name = "y", .dtypes = kNumberTypes, .doc = "the product, of the given dtype"}},
      .attrs = {{"shape", AttrKind::kShape, std::nullopt, "dimensions to multiply"},
                {"dtype", AttrKind::kDType, std::nullopt, "dtype of the result"}},
      .traits = kMovesElements,
      .constraints = {{"size_c1", "dtype is a number type"}, {"size_c2", "shape is valid"}},
      .infer = Infer,
      .make_kernel = ops::size_internal::MakeKernel,
      .samples = ops::size_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& SizeOp() { return Singleton<Make>(); }
}  // namespace ops

Value Size(Operand x, std::vector<int64_t> axes, DType dtype) {
  if (!x.value().valid()) return x.value();
  const int rank = x.value().rank();
  Shape counted = axes.empty() ? x.value().shape() : Shape();
  uint32_t seen = 0;
  for (int64_t axis : axes) {
    const int64_t a = axis < 0 ? axis + rank : axis;
    if (a < 0 || a >= rank || (seen >> a & 1) != 0) {
      return x.builder()->Fail("Size", x.location(),
                               absl::StrCat("axis ", axis, " is outside the rank or repeated: ",
                                            x.value().type().ToString()));
    }
    seen |= uint32_t{1} << a;
    counted.push_back(x.value().dim(static_cast<int>(a)));
  }
  return x.builder()->AddNode(ops::SizeOp(), {}, {{"shape", std::move(counted)}, {"dtype", dtype}},
                              x.location());
}

}  // namespace dagrad

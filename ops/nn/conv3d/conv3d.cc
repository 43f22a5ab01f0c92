#include "dagrad/ops/nn/conv3d/conv3d.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad {
namespace {

absl::Status Check(const Value& x, const Value& filter, const Conv3DOptions& o) {
  if (x.rank() != 5 || filter.rank() != 5 || !filter.dim(0).is_known() ||
      filter.dim(0).value() < 1) {
    return InvalidArgumentError(absl::StrCat(
        "takes x [batch, depth, height, width, channels] and a filter of rank 5 of known depth, "
        "not ",
        x.type().ToString(), " and ", filter.type().ToString()));
  }
  const bool explicit_padding = o.padding == "explicit";
  if (!explicit_padding && o.padding != "valid" && o.padding != "same")
    return InvalidArgumentError(
        absl::StrCat("padding is valid, same or explicit, not \"", o.padding, "\""));
  if (o.strides.size() != 3 || o.dilations.size() != 3 || o.strides[0] < 1 || o.dilations[0] < 1 ||
      o.explicit_padding.size() != 6 ||
      std::min(o.explicit_padding[0], o.explicit_padding[1]) < 0) {
    return InvalidArgumentError(
        "strides and dilations are three positive numbers, explicit_padding is six from 0 on");
  }
  return absl::OkStatus();
}

// Along the depth.
struct Planes {
  int64_t front = 0, back = 0;  // padding
  Dim results;
};
absl::StatusOr<Planes> PlanesOf(const Dim& depth, int64_t size, const Conv3DOptions& o) {
  const int64_t stride = o.strides[0], extent = (size - 1) * o.dilations[0] + 1;
  Planes planes;
  if (o.padding == "explicit") {
    planes.front = o.explicit_padding[0];
    planes.back = o.explicit_padding[1];
  } else if (o.padding == "same" && (size > 1 || stride > 1)) {
    if (!depth.is_known())
      return InvalidArgumentError(
          absl::StrCat("padding same of a depth that is ", depth.ToString()));
    const int64_t d = depth.value(), results = (d + stride - 1) / stride;
    const int64_t pad = std::max<int64_t>((results - 1) * stride + extent - d, 0);
    planes.front = pad / 2;
    planes.back = pad - pad / 2;
  }
  const Dim rest = depth + planes.front + planes.back - extent;
  if (rest.is_known() && rest.value() < 0) {
    return InvalidArgumentError(
        absl::StrCat("the window of ", extent, " does not fit the depth ", depth.ToString()));
  }
  planes.results = Dim::FloorDiv(rest, stride) + 1;
  return planes;
}

Conv2DOptions PlaneOptions(const Conv3DOptions& o) {
  const auto tail = [](const std::vector<int64_t>& v, int from) {
    return std::vector<int64_t>(v.begin() + from, v.end());
  };
  return {.strides = tail(o.strides, 1),
          .padding = o.padding,
          .explicit_padding = tail(o.explicit_padding, 2),
          .dilations = tail(o.dilations, 1),
          .groups = o.groups};
}

}  // namespace

// Plane z of the result is the sum over the filter's planes k of the convolution of plane
// z · stride + k · dilation of x; all z are one batch.
Value Conv3D(Operand x_operand, Operand filter_operand, const Conv3DOptions& o) {
  const Value x = x_operand.value(), filter = filter_operand.value();
  if (!x.valid() || !filter.valid()) return Value();
  const auto fail = [&](const absl::Status& s) {
    return x.builder()->Fail("Conv3D", x_operand.location(), s.message());
  };
  if (absl::Status s = Check(x, filter, o); !s.ok()) return fail(s);
  const int64_t size = filter.dim(0).value();
  const absl::StatusOr<Planes> planes = PlanesOf(x.dim(1), size, o);
  if (!planes.ok()) return fail(planes.status());
  const bool padded = planes->front > 0 || planes->back > 0;
  const Value whole = padded ? Pad(x, {0, planes->front, 0, 0, 0}, {0, planes->back, 0, 0, 0}) : x;
  const Dim batch = x.dim(0), rows = batch * planes->results;
  const Conv2DOptions options = PlaneOptions(o);
  Value sum;
  for (int64_t k = 0; k < size; ++k) {
    const Value part =
        Slice(whole, {Dim(0), Dim(k * o.dilations[0]), Dim(0), Dim(0), Dim(0)},
              {batch, planes->results, x.dim(2), x.dim(3), x.dim(4)}, {1, o.strides[0], 1, 1, 1});
    const Value images = Reshape(part, {rows, x.dim(2), x.dim(3), x.dim(4)});
    const Value plane = Squeeze(SliceAxis(filter, 0, {.start = Dim(k), .limit = Dim(k + 1)}), {0});
    const Value y = Conv2D(images, plane, options);
    sum = sum.valid() ? sum + y : y;
  }
  if (!sum.valid()) return sum;
  return Reshape(sum, {batch, planes->results, sum.dim(1), sum.dim(2), sum.dim(3)});
}

}  // namespace dagrad

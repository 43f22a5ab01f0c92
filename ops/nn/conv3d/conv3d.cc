#include "dagrad/ops/nn/conv3d/conv3d.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/nn/window/window.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad {
namespace {

// Of strides, dilations and padding, as of Conv2D's.
bool AreWithin(absl::Span<const int64_t> values, int64_t least) {
  constexpr int64_t kMost = int64_t{1} << 31;
  return std::all_of(values.begin(), values.end(),
                     [=](int64_t v) { return v >= least && v <= kMost; });
}

absl::Status Check(const Shape& x, const Shape& filter, const Conv3DOptions& o) {
  constexpr int64_t kMostPlanes = 1 << 16;  // each of which is a Conv2D
  if (x.rank() != 5 || filter.rank() != 5 || !filter.dim(0).is_known() ||
      filter.dim(0).value() < 1 || filter.dim(0).value() > kMostPlanes) {
    return InvalidArgumentError(absl::StrCat(
        "takes x [batch, depth, height, width, channels] and a filter of rank 5 of known depth, up "
        "to ",
        kMostPlanes, ", not ", x.ToString(), " and ", filter.ToString()));
  }
  const bool explicit_padding = o.padding == "explicit";
  if (!explicit_padding && o.padding != "valid" && o.padding != "same")
    return InvalidArgumentError(
        absl::StrCat("padding is valid, same or explicit, not \"", o.padding, "\""));
  if (o.strides.size() != 3 || o.dilations.size() != 3 || o.explicit_padding.size() != 6 ||
      !AreWithin(o.strides, 1) || !AreWithin(o.dilations, 1) || !AreWithin(o.explicit_padding, 0)) {
    return InvalidArgumentError(
        "strides and dilations are three numbers from 1 to 2^31, explicit_padding is six from 0 to "
        "2^31");
  }
  return absl::OkStatus();
}

// Along the depth.
struct Planes {
  int64_t front = 0, back = 0;  // padding
  Dim results;
};

// What slides along the depth, as axis 0.
ops::Window WindowOf(const Conv3DOptions& o) {
  ops::Window window = {.strides = {o.strides[0], 1}, .dilations = {o.dilations[0], 1}};
  if (o.padding == "same") {
    window.padding = ops::Window::Padding::kSame;
  } else if (o.padding == "explicit") {
    window.padding = ops::Window::Padding::kExplicit;
    window.explicit_padding = {o.explicit_padding[0], o.explicit_padding[1], 0, 0};
  }
  return window;
}

absl::StatusOr<Planes> PlanesOf(const Dim& depth, int64_t size, const Conv3DOptions& o) {
  const ops::Window window = WindowOf(o);
  const int64_t extent = (size - 1) * o.dilations[0] + 1;
  if (!ops::WindowFits(window, 0, depth, size)) {
    return InvalidArgumentError(absl::StrCat("the window of ", extent, " does not fit the depth ",
                                             depth.ToString(), " and its padding"));
  }
  Planes planes = {window.explicit_padding[0], window.explicit_padding[1],
                   ops::WindowOutput(window, 0, depth, size)};
  if (o.padding != "same" || (size == 1 && o.strides[0] == 1)) return planes;
  if (!depth.is_known())
    return InvalidArgumentError(absl::StrCat("padding same of a depth that is ", depth.ToString()));
  const int64_t whole = (planes.results.value() - 1) * o.strides[0] + extent;
  const int64_t pad = std::max<int64_t>(whole - depth.value(), 0);
  planes.front = pad / 2;
  planes.back = pad - pad / 2;
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

Value PlaneOf(const Value& filter, int64_t k) {
  return Squeeze(SliceAxis(filter, 0, {.start = Dim(k), .limit = Dim(k + 1)}), {0});
}

// The planes of x [batch, planes, …], each with `between` planes of zeros behind it.
Value Spread(const Value& x, int64_t between) {
  if (between == 0) return x;
  const Value apart = Pad(ExpandDims(x, 2), {0, 0, 0, 0, 0, 0}, {0, 0, between, 0, 0, 0});
  return Reshape(apart, {x.dim(0), x.dim(1) * Dim(between + 1), x.dim(2), x.dim(3), x.dim(4)});
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
  if (absl::Status s = Check(x.shape(), filter.shape(), o); !s.ok()) return fail(s);
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
    const Value y = Conv2D(images, PlaneOf(filter, k), options);
    sum = sum.valid() ? sum + y : y;
  }
  if (!sum.valid()) return sum;
  return Reshape(sum, {batch, planes->results, sum.dim(1), sum.dim(2), sum.dim(3)});
}

// Plane z of dy gives, through plane k of the filter, to plane z · stride + k · dilation of x.
Value Conv3DInputGrad(Operand dy_operand, Operand filter_operand, Shape x,  // NOLINT: a copy
                      const Conv3DOptions& o) {
  const Value dy = dy_operand.value(), filter = filter_operand.value();
  if (!dy.valid() || !filter.valid()) return Value();
  const auto fail = [&](const absl::Status& s) {
    return dy.builder()->Fail("Conv3DInputGrad", dy_operand.location(), s.message());
  };
  if (absl::Status s = Check(x, filter.shape(), o); !s.ok()) return fail(s);
  const int64_t size = filter.dim(0).value(), extent = (size - 1) * o.dilations[0] + 1;
  const absl::StatusOr<Planes> planes = PlanesOf(x.dim(1), size, o);
  if (!planes.ok()) return fail(planes.status());
  if (dy.rank() != 5 || !(dy.dim(1) == planes->results)) {
    return fail(InvalidArgumentError(absl::StrCat("dy is ", dy.type().ToString(), "; its depth is ",
                                                  planes->results.ToString())));
  }
  // Of one plane alone, no more than the result needs.
  const int64_t between = dy.dim(1) == Dim(1) && x.dim(1).is_known()
                              ? std::max<int64_t>(planes->front + x.dim(1).value() - extent, 0)
                              : o.strides[0] - 1;
  const Dim batch = dy.dim(0), rows = batch * dy.dim(1);
  const Value images = Reshape(dy, {rows, dy.dim(2), dy.dim(3), dy.dim(4)});
  Value sum;
  for (int64_t k = 0; k < size; ++k) {
    const Value part = Conv2DInputGrad(images, PlaneOf(filter, k),
                                       {rows, x.dim(2), x.dim(3), x.dim(4)}, PlaneOptions(o));
    const Value deep = Reshape(part, {batch, dy.dim(1), x.dim(2), x.dim(3), x.dim(4)});
    const int64_t before = k * o.dilations[0];
    const Value placed =
        Pad(Spread(deep, between), {0, before, 0, 0, 0}, {0, extent - 1 - before, 0, 0, 0});
    sum = sum.valid() ? sum + placed : placed;
  }
  return Slice(sum, {Dim(0), Dim(planes->front), Dim(0), Dim(0), Dim(0)},
               {batch, x.dim(1), x.dim(2), x.dim(3), x.dim(4)});
}

}  // namespace dagrad
